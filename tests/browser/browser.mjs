// What the tests share: how Chromium is started, and what must not happen on a page.
import { chromium } from "playwright-core";

// Generous: a machine that also compiles may take this long for one step.
export const STEP = 60_000;
export const options = { timeout: 5 * STEP };

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", // there is none for root, as whom containers run this
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/**
 * Collects every request for an address that does not begin with `base`, every failed one, and all
 * errors.
 */
export function watch(context, base, complaints) {
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith("data:")) complaints.push(`asked ${url}`);
  });
  context.on("requestfailed", (request) => {
    // A worker that is replaced while it loads, or the end of the visit.
    const reason = request.failure().errorText;
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
  });
  // The browser reports a violation of the Content-Security-Policy here as well,
  // a worker's too.
  context.on("console", (message) => {
    const { url } = message.location();
    if (message.type() === "error") complaints.push(`console: ${message.text()} ${url}`);
  });
  context.on("weberror", (error) => complaints.push(`uncaught: ${error.error()}`));
}
