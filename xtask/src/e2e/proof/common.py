"""What the proofs of both Python SDKs share: proof.py SDK BASE KEY, one line of JSON per scenario on output.

A scenario drives one part of the API through the official SDK. Answers and events are held to the SDK's own models as
strictly as pydantic can: no field missing, none of another type, and none that the vendor's schema doesn't know.
"""

import json
import sys
import time
import uuid

import pydantic

SDK, BASE, KEY = sys.argv[1:4]
SCENARIOS = []
# Not in the SDK's models: what many servers and clients know, and what the vendor itself sends.
KNOWN_EXTENSIONS = {"reasoning_content", "store"}
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"], "additionalProperties": False}


class Skipped(Exception):
    """What the gateway, or the provider behind it, has no part of."""


class Place(pydantic.BaseModel):
    city: str
    inhabitants: int


def scenario(function):
    SCENARIOS.append(function)
    return function


def strict(kind, raw):
    """Raw JSON, as a value of a model of the SDK."""
    value = pydantic.TypeAdapter(kind).validate_json(raw, strict=True)
    unknown = sorted(set(strangers(value)) - KNOWN_EXTENSIONS)
    assert not unknown, f"{getattr(kind, '__name__', 'event')} has fields that the schema doesn't know: {unknown}"
    return value


def strangers(value):
    if isinstance(value, pydantic.BaseModel):
        yield from value.model_extra or {}
        for name in type(value).model_fields:
            yield from strangers(getattr(value, name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strangers(item)


def order(**words):
    """Text that makes the scripted model fail."""
    return "[kit " + " ".join(f"{name}={value}" for name, value in words.items()) + "]"


def once():
    return uuid.uuid4().hex


def events(response):
    """The data of a raw event stream, and that each event has the name that its data has."""
    name, found = None, []
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data = line[6:]
            if data != "[DONE]":
                assert name is None or json.loads(data).get("type") == name, (name, data)
            found.append(data)
            name = None
    return found


def raises(kind, act):
    try:
        act()
    except kind as error:
        assert type(error) is kind, f"{type(error).__name__} instead of {kind.__name__}"
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def timed(act):
    started = time.monotonic()
    result = act()
    return result, time.monotonic() - started


def served(path):
    """Skips the scenario where the gateway's own description doesn't name the path."""
    import urllib.request

    request = urllib.request.Request(BASE + "/openapi.json", headers={"authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request) as answer:
        paths = json.load(answer)["paths"]
    if not any(known == path or known.startswith(path + "/{") for known in paths):
        raise Skipped("the gateway doesn't serve it")


def run():
    for act in SCENARIOS:
        line = {"scenario": act.__name__, "verdict": "ok", "why": ""}
        try:
            act()
        except Skipped as skipped:
            line |= {"verdict": "skipped", "why": str(skipped)}
        except Exception as error:  # Any failure is the finding.
            line |= {"verdict": "failed", "why": f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"}
        print(json.dumps(line), flush=True)
