"""What Schemathesis asks packgrid, and what may not come of it.

Read by Schemathesis, as the `hooks` of schemathesis.toml.
"""

import atexit
import collections
import json
import random
import re

import graphql
import schemathesis
from graphql.language import ast
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# Of those in src/graphql/errors.rs, what an error may be here: a mistake in the request, that no
# schema forbids or, where a request was made not to fit the schema, that one does.
MISTAKES = {"BAD_USER_INPUT", "COST_ESTIMATED_TOO_EXPENSIVE"}
INVALID = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}

# --- What is asked ------------------------------------------------------------------------------

years = st.integers(1, 9999) | st.integers(2005, 2027)
times = st.builds(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}".format,
    years,
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.just("") | st.from_regex(r"\.[0-9]{1,6}", fullmatch=True),
    st.just("Z") | st.sampled_from(["+00:00", "-05:00", "+14:00"]),
)
whole_numbers = st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5_000_000)

schemathesis.graphql.scalar("DateTime", times.map(nodes.String))
schemathesis.graphql.scalar(
    "BigInt", whole_numbers.map(str).map(nodes.String) | whole_numbers.map(nodes.Int)
)
schemathesis.graphql.scalar(
    "URL",
    st.from_regex(r"https?://[a-z0-9-]{1,20}\.[a-z]{2,5}(/[a-z0-9._-]{0,20}){0,3}", fullmatch=True)
    .map(nodes.String),
)

# Cursors by the standing order of these lists, as `pageInfo` gives them.
CURSORS = {
    "packages": ["WyJQYWNrYWdlIiwiYmFzZXJvdyIsMTAxODhd", "WyJQYWNrYWdlIiwiY2VsZXJ5IiwxMDE0MV0"],
    "grids": ["WyJHcmlkIiwiYWRtaW4iLDEwMDAyXQ", "WyJHcmlkIiwiYWRtaW4gdGhlbWVzIiwxMDAwM10"],
    "categories": ["WyJDYXRlZ29yeSIsImFwcCIsMV0"],
}

KEY = ast.ObjectFieldNode(name=ast.NameNode(value="slug"), value=nodes.String("celery"))


class Reasonable(graphql.Visitor):
    """Makes requests of which most can be answered out of such as are only well-formed: pages of
    some rows, from the beginning or from the end, and orders by some keys.
    """

    def __init__(self, chance):
        super().__init__()
        self.chance = chance
        self.depth = 0

    def enter_field(self, field, *_):
        self.depth += 1
        arguments = {argument.name.value: argument.value for argument in field.arguments or ()}
        if isinstance(arguments.get("key"), ast.ObjectValueNode):  # It takes exactly one.
            given = [one for one in arguments["key"].fields if one.value.kind != "null_value"]
            arguments["key"] = nodes.Object(given[:1] or [KEY])
        elif self.chance.random() < 0.1:
            return None
        if "first" in arguments:
            arguments.pop(self.chance.choice(["first", "last"]), None)
            for name in {"first", "last"} & set(arguments):
                sizes = [0, 1, 2, 3] if self.depth > 1 else [0, 1, 5, 20, 100]
                arguments[name] = nodes.Int(self.chance.choice(sizes))
        for name in {"after", "before"} & set(arguments):
            ordered = not isinstance(arguments.get("orderBy", nodes.Null), ast.NullValueNode)
            cursors = [] if ordered else CURSORS.get(field.name.value, [])
            if cursors and self.chance.random() < 0.3:
                arguments[name] = nodes.String(self.chance.choice(cursors))
            else:
                del arguments[name]
        if isinstance(arguments.get("filter"), ast.ObjectValueNode):
            arguments.pop("kinds", None)  # Where they are given, both have to fit each other.
        if isinstance(arguments.get("orderBy"), ast.ListValueNode):
            arguments["orderBy"] = nodes.List(list(arguments["orderBy"].values[:5]))
        return ast.FieldNode(
            name=field.name,
            alias=field.alias,
            directives=field.directives,
            selection_set=field.selection_set,
            arguments=tuple(
                ast.ArgumentNode(name=ast.NameNode(value=name), value=value)
                for name, value in arguments.items()
            ),
        )

    def leave_field(self, *_):
        self.depth -= 1


@schemathesis.hook
def map_case(context, case):
    # By the request alone, so that the same seed gives the same requests.
    chance = random.Random(case.body)
    if fits_schema(case):
        document = graphql.visit(graphql.parse(case.body), Reasonable(chance))
        case.body = graphql.print_ast(document)
    accepted = ["application/graphql-response+json", "application/json", "*/*"]
    case.headers = {**(case.headers or {}), "Accept": chance.choice(accepted)}
    return case


# --- What may not come of it --------------------------------------------------------------------

# A connection that breaks and an answer that does not come fail without a check.


def fits_schema(case):
    return case.meta.generation.mode.is_positive


def code_of(error):
    return error.get("extensions", {}).get("code")


def read(response):
    try:
        return json.loads(response.content.decode("utf-8"))
    except ValueError as error:
        raise AssertionError(f"The answer is no JSON: {error}") from error


@schemathesis.check
def answers_are_in_order(ctx, response, case):
    """Every answer is JSON in the shape of the specification, and every error has a code."""
    assert response.status_code in (200, 400), f"The status is {response.status_code}"
    answer = read(response)
    assert isinstance(answer, dict), "The answer is no object"
    assert set(answer) <= {"data", "errors", "extensions"}, f"The answer has {sorted(answer)}"
    kind = response.headers["content-type"][0]
    accepted = case.headers["Accept"]
    wanted = "application/json" if accepted == "*/*" else accepted
    assert kind.startswith(wanted), f"{wanted} was accepted, {kind} came"
    errors = answer.get("errors")
    if errors is None:
        assert response.status_code == 200, f"The status is {response.status_code} without an error"
        assert isinstance(answer.get("data"), dict), "There is neither data nor an error"
        return
    assert isinstance(errors, list) and errors, "`errors` is no list of errors"
    for error in errors:
        assert isinstance(error.get("message"), str) and error["message"], "An error has no message"
        code = code_of(error)
        known = MISTAKES if fits_schema(case) else MISTAKES | INVALID
        assert code in known, f"The code of an error is {code}: {error['message']}"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Known: async-graphql takes a number out of the range of `Int` for valid, and refuses it
    only where a resolver asks for it.
    """
    if type(failure).__name__ != "AcceptedNegativeData":
        return True
    numbers = map(int, re.findall(r"(?<![\w.])-?\d+(?![\w.])", case.body))
    return all(-(2**31) <= number < 2**31 for number in numbers)


@schemathesis.check
class MostAreAnswered:
    """What is asked has to reach the data: at least half of the requests for each field of Query
    that fit the schema get an answer without an error.
    """

    def __init__(self):
        self.answered = collections.defaultdict(dict)
        self.refused = collections.Counter()
        self.seen = set()
        atexit.register(self.tell)

    def after_response(self, ctx, response, case):
        if case.id in self.seen:
            return
        self.seen.add(case.id)
        answer = read(response)
        codes = {code_of(error) for error in answer.get("errors", [])}
        self.refused.update(codes)
        if fits_schema(case):
            self.answered[case.operation.label][case.id] = not codes

    def after_run(self, ctx):
        few = [
            f"{label}: {sum(cases.values())} of {len(cases)}"
            for label, cases in sorted(self.answered.items())
            if sum(cases.values()) < len(cases) / 2
        ]
        assert not few, "Few requests that fit the schema were answered: " + "; ".join(few)

    def tell(self):
        print()
        for label, cases in sorted(self.answered.items()):
            print(f"{label}: {sum(cases.values())} of {len(cases)} valid requests answered")
        print("Refused:", ", ".join(f"{number} {code}" for code, number in self.refused.items()))
