#!/usr/bin/env python3
"""Builds the sample directory that `packgrid serve --sample` loads.

    python3 scripts/sample/build.py            rewrites src/exchange/sample/*.json
    python3 scripts/sample/build.py --check    exits 1 if those files are stale

Sources, beside this file: `facts.json` (what public registries said about 190 packages),
`descriptions.json` (a sentence on each, by PyPI name) and `record-683.json` (a real record of
the REST API, which goes in field for field). The same sources always give the same bytes.
"""

import json
import re
import sys
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "src" / "exchange" / "sample"

# Well above 683 and 84, the real ids among ours, so that the two kinds never meet.
FIRST_ID = 10001
# The grid that record 683 names: it keeps its real id.
REAL_GRID = ("Files/Images", 84)
# The facts were gathered no later than this, whatever a registry's clock says.
LAST_DAY = date(2026, 11, 22)
# So many grids, the largest ones, are shown on the home page.
HEADER_GRIDS = 6

# id, title, plural, slug, show_pypi, description
CATEGORIES = [
    (1, "App", "Apps", "apps", True, "Packages that are added to a Django project to give it one more ability."),
    (2, "Framework", "Frameworks", "frameworks", True, "Systems that shape a site or a large part of it: content management, shops and full-stack frameworks."),
    # Projects are run rather than installed: most are not on PyPI.
    (3, "Project", "Projects", "projects", False, "Complete sites, services and project templates, which are run or copied instead of added to a project."),
    (4, "Other", "Other", "other", True, "Whatever is neither an app nor a framework nor a whole project."),
]
FRAMEWORK_TOPICS = {"Full-stack frameworks", "Content Management Systems", "ECommerce"}

# A topic that two packages share becomes a grid; this says what stands in it.
GRIDS = {
    "APIs": "Packages for offering, documenting or protecting an HTTP API, REST and GraphQL alike, and for connecting front ends.",
    "Admin": "Additions to the Django admin, such as acting as another user, import and export, sorting and paging.",
    "Admin Themes": "Replacements for the look of the Django admin, some of which also add menus and dashboards.",
    "Caching": "Packages that keep the results of ORM queries and invalidate them when the data changes.",
    "Commands": "Management commands ready to use, and tools for writing one's own.",
    "Configuration": "Ways to keep, split, check and read settings, from environment variables to values edited in the admin.",
    "Content Management Systems": "Systems and applications for editing and publishing pages and posts on a Django site.",
    "Editors": "Form widgets and fields for editing rich text, Markdown, code or rules in the browser.",
    "Files/Images": "Packages that look after uploaded files and derive thumbnails and other variants from images.",
    "Forms": "Packages that render forms, change their widgets or spread them over several steps.",
    "Full-stack frameworks": "Frameworks that drive an interactive front end from Python code on the server.",
    "General": "Packages for a wide range of purposes, from filters and tables to translation and maintenance pages.",
    "Internationalisation (i18n)": "Packages that translate model content and message catalogues or know the conventions of a country.",
    "Logging": "Packages that record requests or make the log records of one request recognisable.",
    "Mailing": "Packages for composing emails and for sending them through a service.",
    "Model Fields": "Additional model fields and helpers, for example for colours, money and telephone numbers.",
    "Models": "Packages that extend models with trees, tags, history, inheritance, hooks and the like.",
    "Monitoring": "Metrics, dashboards and alerts for watching Django applications with Prometheus.",
    "Performance": "Profilers and monitors that show where a request, a program or a test spends its time or its queries.",
    "Permissions": "Packages that decide what a user may do, by roles, by rules or for single objects.",
    "Projects": "Complete applications that use Django, and templates to start a project from.",
    "Search": "Packages that search model data, with a search engine or with the database itself.",
    "Security": "Packages that set protective headers or guard files against access without authorisation.",
    "Static Assets": "Packages that store, combine, resize or serve files such as scripts, styles and images.",
    "Task Queues": "Queues that run work in the background, and packages that schedule, store, connect or watch it.",
    "Templates": "Components, partials and other ways to produce HTML in or instead of Django templates.",
    "Testing": "Packages that help to write tests, to create test data or to find out what code does while it is developed.",
    "URLs": "Packages concerned with URLs, from database addresses to redirects and rules for robots.",
    "Users": "Packages for sign-up, login, user models, guests and organisations.",
    "Views": "Mixins, base classes and middleware that extend or accompany Django's views.",
    "Wagtail": "Wagtail itself and packages that add to it.",
}


def newest(versions):
    """The highest version, compared by number: 3.14 is above 3.9."""
    return max(versions, key=lambda v: [int(part) for part in v.split(".")], default="unknown")


def yes_no(value):
    return {True: "yes", False: "no", None: "unknown"}[value]


# Title, what the cell says, and the cell made from the facts. The facts are those of the PyPI
# project that a package names, and the descriptions say so: it is not always the same software
# as the repository's.
FEATURES = [
    ("Newest Python", "Newest Python version in the classifiers of the package's PyPI project.",
     lambda f: newest(f["pythons"])),
    ("Newest Django", "Newest Django version in the classifiers of the package's PyPI project.",
     lambda f: newest(f["djangos"])),
    ("Licence", "Licence as the package's PyPI project states it, by a licence expression or a classifier.",
     lambda f: f["license"] or "unknown"),
    ("Typed", "Whether the package's PyPI project declares type hints by the classifier \"Typing :: Typed\".",
     lambda f: yes_no(f["typed"])),
    ("Wheel", "Whether PyPI offers the latest release of the package's project as a wheel, ready to install.",
     lambda f: yes_no(f["wheel"])),
    ("Latest release", "Version of the latest release of the package's PyPI project and, where known, its day.",
     lambda f: f"{f['version']} ({f['released'][:10]})"),
    ("Maturity", "Development status in the classifiers of the package's PyPI project.",
     lambda f: f["status"].split(" - ", 1)[1] if f["status"] else "unknown"),
]


# What the maintainers themselves have said, in public, that a package's facts do not tell: the day
# on which its repository was archived. A package that is merely quiet or unmaintained, or that
# recommends another which is not in the sample, is not listed.
ARCHIVED = {
    # https://github.com/snok/drf-openapi-tester: "This repository has been archived by the owner
    # on Nov 19, 2023." The fork that its README points to is not in the sample.
    "drf-openapi-tester": date(2023, 11, 19),
}


# What a release can be, as versions.json spells it.
STATUSES = {"unknown", "planning", "pre-alpha", "alpha", "beta", "stable", "mature", "inactive"}


def supports_python3(fact):
    """By the classifiers, else by what the project asks for; None is "not known"."""
    majors = {v.split(".", 1)[0] for v in fact["pythons"]}
    # A lower bound at 3 says that nothing else will do; no bound says nothing.
    lower = re.search(r">=? *(\d+)", fact["requires_python"] or "")
    if "3" in majors or (lower and int(lower[1]) >= 3):
        return True
    return False if majors == {"2"} else None


def development_status(fact):
    """"5 - Production/Stable" is "stable", "2 - Pre-Alpha" is "pre-alpha"."""
    if not fact["status"]:
        return "unknown"
    return fact["status"].split(" - ", 1)[1].rsplit("/", 1)[-1].lower()


def slugify(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50]


def link(kind, number):
    return f"/api/v4/{kind}/{number}/"


def build():
    facts = json.loads((HERE / "facts.json").read_text("utf-8"))
    sentences = json.loads((HERE / "descriptions.json").read_text("utf-8"))
    real = json.loads((HERE / "record-683.json").read_text("utf-8"))
    assert set(sentences) == {f["pypi_name"] for f in facts}, "a description is missing or left over"

    # The facts carry no date of their own: they were gathered after the newest one in them.
    seen = max(f[key] for f in facts for key in ("released", "first_released") if f[key])
    day = min(date.fromisoformat(seen[:10]) + timedelta(days=1), LAST_DAY)
    stamps = {"created": f"{day}T00:00:00Z", "modified": f"{day}T00:00:00Z"}

    categories = [
        {"id": number, "title": title, "slug": slug, "description": description,
         "title_plural": plural, "show_pypi": show_pypi, **stamps}
        for number, title, plural, slug, show_pypi, description in CATEGORIES
    ]

    # Grids by title; the real one stands in its place but takes no number of ours.
    members = {}
    for number, fact in enumerate(facts, FIRST_ID):
        for topic in fact["topics"]:
            members.setdefault(topic, []).append(number)
    titles = sorted(topic for topic, numbers in members.items() if len(numbers) > 1)
    assert titles == sorted(GRIDS), "a grid has no description, or a description no grid"
    largest = sorted(titles, key=lambda t: (-len(members[t]), t))[:HEADER_GRIDS]
    own_titles = [t for t in titles if t != REAL_GRID[0]]
    grid_ids = dict([REAL_GRID], **{t: n for n, t in enumerate(own_titles, FIRST_ID)})

    packages, versions = [real], []
    for number, fact in enumerate(facts, FIRST_ID):
        topics = set(fact["topics"])
        if fact["top"] == "Projects":
            category = 3
        else:
            category = 2 if topics & FRAMEWORK_TOPICS else 1
        packages.append({
            "category": link("categories", category),
            "grids": [link("grids", grid_ids[t]) for t in fact["topics"] if t in grid_ids],
            "id": number,
            "title": fact["title"],
            "slug": slugify(fact["pypi_name"]),
            "last_updated": None,
            "last_fetched": None,
            "repo_url": fact["repo_url"],
            "pypi_version": fact["version"],
            "created": stamps["created"],
            "modified": stamps["modified"],
            "repo_forks": fact["forks"] or 0,
            "repo_description": sentences[fact["pypi_name"]],
            "pypi_url": f"https://pypi.org/project/{fact['pypi_name']}/",
            "documentation_url": fact["documentation_url"],
            "repo_watchers": fact["stars"] or 0,
            # The facts know how many took part, but not who, nor when.
            "commits_over_52": [],
            "participants": [],
            # What the REST API does not tell. Nothing says how often a project is downloaded.
            "pypi_license": fact["license"],
            "pypi_requires_python": fact["requires_python"] or None,
            "supports_python3": supports_python3(fact),
        })
        if fact["pypi_name"] in ARCHIVED:
            packages[-1]["date_repo_archived"] = f"{ARCHIVED[fact['pypi_name']]}T00:00:00Z"
        # The facts are those of one release, the latest.
        versions.append({
            "id": FIRST_ID + len(versions),
            "package": link("packages", number),
            "number": fact["version"],
            "license": fact["license"],
            "requires_python": fact["requires_python"] or None,
            "upload_time": fact["released"],
            "development_status": development_status(fact),
            "supports_python3": supports_python3(fact),
            "hidden": False,
        })

    facts_of = dict(enumerate(facts, FIRST_ID))
    title_of = {p["id"]: p["title"] for p in packages}
    grids, features, elements = [], [], []
    for title in titles:
        grid = grid_ids[title]
        inside = members[title] + ([real["id"]] if title == REAL_GRID[0] else [])
        inside.sort(key=lambda n: (title_of[n], n))
        grids.append({
            "id": grid, "title": title, "slug": slugify(title), "description": GRIDS[title],
            "is_locked": False, "packages": [link("packages", n) for n in inside],
            "header": title in largest, **stamps,
        })
        for name, description, cell in FEATURES:
            feature = FIRST_ID + len(features)
            features.append({"id": feature, "grid": link("grids", grid), "title": name, "description": description})
            for number in inside:
                if number in facts_of:
                    text = cell(facts_of[number])
                else:  # the real record says which version is the latest, and nothing else asked here
                    text = real["pypi_version"] if name == "Latest release" else "unknown"
                elements.append({
                    "id": FIRST_ID + len(elements), "feature": link("features", feature),
                    "package": link("packages", number), "text": text,
                })

    grids.sort(key=lambda g: g["id"])
    files = {
        "packages": packages, "grids": grids, "categories": categories,
        "features": features, "elements": elements, "versions": versions,
    }
    verify(files, real, sentences)
    return files


def verify(files, real, sentences):
    """The limits of the data model, in characters, and what has to be unique."""
    limits = {
        "packages": {"title": 100, "slug": 50, "repo_description": 500, "repo_url": 200, "pypi_url": 255, "pypi_version": 100},
        "grids": {"title": 100, "slug": 50, "description": 1000},
        "categories": {"title": 50, "slug": 50, "title_plural": 50},
        "features": {"title": 100, "description": 1000},
        "elements": {"text": 1000},
        "versions": {"number": 100},
    }
    optional = {
        "packages": {"pypi_license": 200, "pypi_requires_python": 200},
        "versions": {"license": 200, "requires_python": 200},
    }
    for kind, fields in limits.items():
        for record in files[kind]:
            for field, limit in fields.items():
                assert 0 < len(record[field]) <= limit, (kind, record["id"], field)
            if "slug" in fields:
                assert re.fullmatch(r"[a-z0-9_-]+", record["slug"]), record["slug"]
            for field, limit in optional.get(kind, {}).items():
                text = record.get(field)
                assert text is None or 0 < len(text) <= limit, (kind, record["id"], field)

    def unique(kind, *fields):
        keys = [tuple(record[field] for field in fields) for record in files[kind]]
        doubles = {key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else ()
        assert not doubles, (kind, fields, doubles)

    for kind in files:
        unique(kind, "id")
    for kind in ("packages", "grids", "categories"):
        unique(kind, "slug")
    unique("features", "grid", "title")
    unique("elements", "feature", "package")
    unique("versions", "package", "number")
    spelt = [p["repo_url"].lower().rstrip("/").removesuffix(".git") for p in files["packages"]]
    assert len(set(spelt)) == len(spelt), "one repository in two packages"

    for name, sentence in sentences.items():
        assert len(sentence) <= 160 and sentence.endswith(".") and sentence == sentence.strip(), name
    assert len(set(sentences.values())) == len(sentences), "one sentence for two packages"

    # Both sides of a pairing agree. Only the last part of a link tells the id.
    def number(url):
        return int(url.split("?")[0].rstrip("/").rsplit("/", 1)[1])

    by_package = [(number(grid), p["id"]) for p in files["packages"] for grid in p["grids"]]
    by_grid = [(g["id"], number(package)) for g in files["grids"] for package in g["packages"]]
    assert sorted(by_package) == sorted(by_grid) and len(set(by_grid)) == len(by_grid)
    assert {number(p["category"]) for p in files["packages"]} <= {c["id"] for c in files["categories"]}
    assert len(files["elements"]) == len(by_grid) * len(FEATURES)
    # The record's fields, then those that it does not have.
    more = ["pypi_license", "pypi_requires_python", "supports_python3"]
    assert files["packages"][0] is real and len(real) == 18, "the record is not as it was"
    for p in files["packages"][1:]:
        fields = list(real) + more + ["date_repo_archived"] * ("date_repo_archived" in p)
        assert list(p) == fields, "fields in another order than the record's"
    # Each package of the facts has its latest release; the record names one without its date.
    latest = [(p["id"], p["pypi_version"]) for p in files["packages"][1:]]
    assert [(number(v["package"]), v["number"]) for v in files["versions"]] == latest
    for v in files["versions"]:
        assert v["development_status"] in STATUSES, v["development_status"]
        assert re.fullmatch(r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}(\.\d+)?Z", v["upload_time"]), v["upload_time"]
    assert sum("date_repo_archived" in p for p in files["packages"]) == len(ARCHIVED)
    assert all(p["repo_watchers"] >= 0 and p["repo_forks"] >= 0 for p in files["packages"])


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("usage: build.py [--check]")
    stale = []
    for name, records in build().items():
        # One record a line, so that a diff shows which records changed.
        lines = ",\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records)
        text = f"[\n{lines}\n]\n".encode()
        path = TARGET / f"{name}.json"
        if not path.is_file() or path.read_bytes() != text:
            stale.append(path.name)
            if not sys.argv[1:]:
                TARGET.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
    if sys.argv[1:] and stale:
        sys.exit("stale: " + ", ".join(stale) + "; run scripts/sample/build.py")


if __name__ == "__main__":
    main()
