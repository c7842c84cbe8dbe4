"""The Anthropic SDK for Python."""

import asyncio
from typing import Union

import anthropic
from anthropic.types import Message, MessageTokensCount, ModelInfo, RawMessageStreamEvent
from common import BASE, KEY, SCHEMA, Place, Skipped, events, once, order, raises, scenario, served, strict, timed

MODEL = "claude-sonnet-4-5"
TOOL = {"name": "bash", "description": "Runs a command.", "input_schema": SCHEMA}
client = anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0, timeout=30)


def ask(text="Say something.", **more):
    return {"model": MODEL, "max_tokens": 4096, "messages": [{"role": "user", "content": text}], **more}


@scenario
def answer():
    raw = client.messages.with_raw_response.create(**ask(system="Be brief."))
    message = strict(Message, raw.text if isinstance(raw.text, str) else raw.text())
    assert raw.headers["request-id"] and raw.parse()._request_id == raw.headers["request-id"]
    assert message.stop_reason == "end_turn" and message.content[0].text.startswith("LYNKR_DONE")
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0


@scenario
def stream():
    with client.messages.with_streaming_response.create(**ask(), stream=True) as response:
        # The SDK's union leaves out what its reader drops.
        found = [strict(RawMessageStreamEvent, data) for data in events(response) if "ping" not in data[:16]]
    kinds = [event.type for event in found]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"], kinds
    with client.messages.stream(**ask()) as live:
        text = "".join(live.text_stream)
        final = live.get_final_message()
    assert text == final.content[0].text == live.get_final_text() and text.startswith("LYNKR_DONE"), (text, final)
    assert final.stop_reason == "end_turn" and final.usage.output_tokens > 0


@scenario
def thinking():
    with client.messages.stream(**ask(thinking={"type": "enabled", "budget_tokens": 2048})) as live:
        final = live.get_final_message()
    strict(Message, final.to_json(exclude_unset=True).encode())
    assert final.content[-1].type == "text", final


@scenario
def tool_stream():
    with client.messages.stream(**ask(tools=[TOOL])) as live:
        pieces = [event.partial_json for event in live if event.type == "input_json"]
        call = live.get_final_message().content[-1]
    assert call.type == "tool_use" and call.input["command"] and pieces, call
    forced = client.messages.create(**ask(tools=[TOOL], tool_choice={"type": "tool", "name": "bash"}))
    assert forced.stop_reason == "tool_use" and forced.content[-1].name == "bash"


@scenario
def tool_runner():
    ran = []

    @anthropic.beta_tool
    def bash(command: str) -> str:
        """Runs a command.

        Args:
            command: The command.
        """
        ran.append(command)
        return "LYNKR_RAN"

    last = client.beta.messages.tool_runner(**ask(tools=[bash])).until_done()
    assert len(ran) == 1 and "result=[LYNKR_RAN]" in last.content[-1].text, (ran, last)
    for streamed in client.beta.messages.tool_runner(**ask(tools=[bash], stream=True)):
        last = streamed.get_final_message()
    assert len(ran) == 2 and "result=[LYNKR_RAN]" in last.content[-1].text, (ran, last)


@scenario
def structured():
    parsed = client.messages.parse(**ask(output_format=Place))
    assert isinstance(parsed.parsed_output, Place), parsed


@scenario
def count_tokens():
    raw = client.messages.with_raw_response.count_tokens(model=MODEL, messages=ask()["messages"], tools=[TOOL])
    assert strict(MessageTokensCount, raw.text if isinstance(raw.text, str) else raw.text()).input_tokens > 0


@scenario
def models():
    raw = client.models.with_raw_response.list()
    page = raw.parse()
    assert page.data and page.first_id == page.data[0].id and page.last_id == page.data[-1].id
    for model in page.data:
        strict(ModelInfo, model.to_json(exclude_unset=True).encode())
    assert len(list(client.models.list(limit=1))) == len(list(client.models.list(limit=1000)))
    first = client.models.with_raw_response.retrieve(page.data[0].id)
    assert strict(ModelInfo, first.text if isinstance(first.text, str) else first.text()).id == page.data[0].id
    raises(anthropic.NotFoundError, lambda: client.models.retrieve("no-such-model-anywhere"))


@scenario
def errors():
    kinds = [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (403, anthropic.PermissionDeniedError, "permission_error"),
        (404, anthropic.NotFoundError, "not_found_error"),
        (413, getattr(anthropic, "RequestTooLargeError", None) or anthropic._exceptions.ContentTooLargeError, "request_too_large"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
        (529, getattr(anthropic, "OverloadedError", None) or anthropic._exceptions.OverloadedError, "overloaded_error"),
    ]
    for status, kind, word in kinds:
        for streamed in [False, True]:
            error = raises(kind, lambda: client.messages.create(**ask(order(status=status)), stream=streamed))
            assert error.status_code == status and error.request_id, (status, error.request_id)
            assert error.body["type"] == "error" and error.body["error"]["type"] == word, (status, error.body)
    stranger = client.with_options(api_key="sk-nobody")
    error = raises(anthropic.AuthenticationError, lambda: stranger.messages.create(**ask()))
    assert error.status_code == 401 and error.request_id and error.body["error"]["type"] == "authentication_error"
    raises(anthropic.NotFoundError, lambda: client.post("/v1/nothing/here", cast_to=object, body={}))


@scenario
def broken_stream():
    def read():
        with client.messages.stream(**ask(order(cut=1))) as live:
            return live.get_final_message()

    try:
        final = read()
    except anthropic.APIError:
        return
    raise AssertionError(f"half an answer passed for a whole one: {final}")


@scenario
def retries():
    patient = client.with_options(max_retries=2)
    for status in [500, 529]:
        message = patient.messages.create(**ask(order(status=status, once=once())))
        assert message.content[0].text.startswith("LYNKR_DONE")
    _, took = timed(lambda: patient.messages.create(**ask(order(status=429, retry_after=1, once=once()))))
    assert took >= 0.9, f"waited {took} s, not the second that was asked for"


@scenario
def timeouts():
    hasty = client.with_options(timeout=0.6)
    raises(anthropic.APITimeoutError, lambda: hasty.messages.create(**ask(order(stall=3000))))


@scenario
def cancel():
    with client.messages.stream(**ask(order(stall=4000, after=1))) as live:
        next(iter(live))
    assert client.messages.create(**ask()).stop_reason == "end_turn"


@scenario
def asynchronous():
    async def both():
        async with anthropic.AsyncAnthropic(base_url=BASE, api_key=KEY, max_retries=0, timeout=30) as other:
            many = await asyncio.gather(*[other.messages.create(**ask()) for _ in range(4)])
            async with other.messages.stream(**ask()) as live:
                final = await live.get_final_message()
            return many + [final]

    assert all(message.content[0].text.startswith("LYNKR_DONE") for message in asyncio.run(both()))


def elsewhere(act):
    """Runs what not every provider has; its refusal must be clear."""
    try:
        return act()
    except anthropic.APIStatusError as error:
        assert error.status_code in (400, 404, 405, 501) and error.body["error"]["message"], error
        raise Skipped("the provider has none") from None


@scenario
def batches():
    served("/v1/messages/batches")
    requests = [{"custom_id": "one", "params": ask()}]
    made = elsewhere(lambda: client.messages.batches.create(requests=requests))
    assert client.messages.batches.retrieve(made.id).id == made.id
    assert [batch.id for batch in client.messages.batches.list()]
    client.messages.batches.cancel(made.id)


@scenario
def files():
    served("/v1/files")
    made = elsewhere(lambda: client.beta.files.upload(file=("a.txt", b"words", "text/plain")))
    assert client.beta.files.retrieve_metadata(made.id).id == made.id
    assert [file.id for file in client.beta.files.list()]
    client.beta.files.delete(made.id)
