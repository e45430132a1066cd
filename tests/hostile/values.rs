//! Values at the edge of what there is, and bodies that are no requests.

use super::{Hostile, add, numbered};

/// Values at the edge of what there is.
pub(super) fn values(all: &mut Vec<Hostile>) {
    let digits = "9".repeat(10_000);
    for number in [
        digits.as_str(),
        "1e400",
        "-1e400",
        "99999999999999999999",
        "2147483648",
        "-1",
        "1.5",
        "00",
        "0x1",
        "1e",
        "-",
    ] {
        let shown = &number[..number.len().min(20)];
        add(
            all,
            format!("the number {shown}"),
            &format!("{{ packages(first: {number}) {{ totalCount }} }}"),
        );
        let body = format!(
            "{{\"query\":\"query($n: Int) {{ packages(first: $n) {{ totalCount }} }}\",\"variables\":{{\"n\":{number}}}}}"
        );
        all.push(Hostile {
            name: format!("the number {shown} in a variable"),
            body: body.into_bytes(),
        });
    }
    for text in [
        "\\ud800",
        "\\udc00\\ud800",
        "\\u{110000}",
        "\\u{d800}",
        "\\u{}",
        "\\u{fffffffff}",
        "\\x",
        "\\u12",
        "\\",
    ] {
        add(all, format!("{text} in a text"), &format!("{{ package(slug: \"{text}\") {{ id }} }}"));
    }
    for text in ["\\ud800", "\\udc00\\ud800", "\\ud800x", "\\uzzzz"] {
        let body = format!(
            "{{\"query\":\"query($s: String!) {{ package(slug: $s) {{ id }} }}\",\"variables\":{{\"s\":\"{text}\"}}}}"
        );
        all.push(Hostile { name: format!("{text} in a variable"), body: body.into_bytes() });
        let body = format!("{{\"query\":\"{{ __typename #{text} }}\"}}");
        all.push(Hostile { name: format!("{text} in a document"), body: body.into_bytes() });
    }
    for text in [
        "{ packages(after: \"\u{0}\") { totalCount } }",
        "{\u{0}__typename}",
        "{ a\u{301} }",
        "\u{202e}{ __typename }",
    ] {
        add(all, format!("{text:?}"), text);
    }
}

/// Bodies that are no requests.
pub(super) fn bodies(all: &mut Vec<Hostile>) {
    for (name, body) in [
        ("nothing", &b""[..]),
        ("half a byte of UTF-8", b"{\"query\":\"{ a(b: \\\"\xc3\\\") }\"}"),
        ("a surrogate in UTF-8", b"{\"query\":\"{ a(b: \\\"\xed\xa0\x80\\\") }\"}"),
        ("an overlong slash", b"{\"query\":\"{ a #\xc0\xaf }\"}"),
        ("UTF-16", b"\xff\xfe{\0\"\0q\0"),
        ("a zero", b"\0"),
        ("a number", b"1e999"),
        ("an array", b"[{\"query\":\"{ __typename }\"}]"),
        ("an empty array", b"[]"),
        ("half a request", b"{\"query\":\"{ __typename }\""),
        ("two requests", b"{\"query\":\"{ __typename }\"}{\"query\":\"{ __typename }\"}"),
        ("a query that is a number", b"{\"query\":1}"),
        ("variables that are a text", b"{\"query\":\"{ __typename }\",\"variables\":\"{}\"}"),
        ("a form", b"query=%7B__typename%7D"),
    ] {
        all.push(Hostile { name: name.to_owned(), body: body.to_vec() });
    }
    let many = numbered(100_000, "\"k#\":0,");
    let body = format!("{{{many}\"query\":\"{{ a }}\"}}");
    all.push(Hostile { name: "a hundred thousand keys".to_owned(), body: body.into_bytes() });
    let body = "{\"query\":\"{ a }\",".to_owned()
        + &"\"query\":\"{ b }\",".repeat(10_000)
        + "\"query\":\"{ c }\"}";
    all.push(Hostile { name: "ten thousand queries".to_owned(), body: body.into_bytes() });
}
