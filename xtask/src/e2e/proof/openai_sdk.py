"""The OpenAI SDK for Python."""

import asyncio
import json

import openai
from common import BASE, KEY, SCHEMA, Place, Skipped, events, once, order, raises, scenario, served, strict, timed
from openai.types import Batch, CreateEmbeddingResponse, FileObject, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

MODEL = "gpt-5.4"
FUNCTION = {"name": "bash", "description": "Runs a command.", "parameters": SCHEMA, "strict": True}
TOOL = {"type": "function", "function": FUNCTION}
FLAT = {"type": "function", **FUNCTION}
client = openai.OpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0, timeout=30)


def chat(text="Say something.", **more):
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}


def ask(text="Say something.", **more):
    return {"model": MODEL, "input": text, **more}


def body(raw):
    return raw.text if isinstance(raw.text, str) else raw.text()


@scenario
def chat_answer():
    raw = client.chat.completions.with_raw_response.create(**chat())
    completion = strict(ChatCompletion, body(raw))
    assert raw.headers["x-request-id"] and raw.parse()._request_id == raw.headers["x-request-id"]
    assert completion.choices[0].finish_reason == "stop" and completion.usage.total_tokens > 0
    assert completion.choices[0].message.content.startswith("LYNKR_DONE")


@scenario
def chat_stream():
    options = chat(stream=True, stream_options={"include_usage": True})
    with client.chat.completions.with_streaming_response.create(**options) as response:
        found = events(response)
    assert found.pop() == "[DONE]"
    chunks = [strict(ChatCompletionChunk, data) for data in found]
    assert len({chunk.id for chunk in chunks}) == 1 and chunks[-1].usage.total_tokens > 0 and not chunks[-1].choices
    with client.chat.completions.stream(**chat()) as live:
        text = "".join(event.delta for event in live if event.type == "content.delta")
        final = live.get_final_completion()
    assert text == final.choices[0].message.content and text.startswith("LYNKR_DONE"), (text, final)


@scenario
def chat_tools():
    with client.chat.completions.stream(**chat(tools=[TOOL])) as live:
        done = [event for event in live if event.type == "tool_calls.function.arguments.done"]
        message = live.get_final_completion().choices[0].message
    call = message.tool_calls[0]
    assert len(done) == 1 and json.loads(call.function.arguments) == done[0].parsed_arguments | {}, (done, call)
    turn = {"role": "assistant", "tool_calls": [call.to_dict()]}
    turn["tool_calls"][0]["function"].pop("parsed_arguments", None)
    result = {"role": "tool", "tool_call_id": call.id, "content": "LYNKR_RAN"}
    messages = chat()["messages"] + [turn, result]
    last = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    assert "result=[LYNKR_RAN]" in last.choices[0].message.content, last


@scenario
def chat_structured():
    parsed = client.chat.completions.parse(**chat(response_format=Place))
    assert isinstance(parsed.choices[0].message.parsed, Place), parsed


@scenario
def response_answer():
    raw = client.responses.with_raw_response.create(**ask(instructions="Be brief."))
    response = strict(Response, body(raw))
    assert raw.headers["x-request-id"] and response.status == "completed" and response.usage.total_tokens > 0
    assert raw.parse().output_text.startswith("LYNKR_DONE")


@scenario
def response_stream():
    with client.responses.with_streaming_response.create(**ask(stream=True)) as response:
        found = [strict(ResponseStreamEvent, data) for data in events(response) if data != "[DONE]"]
    kinds = [event.type for event in found]
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    assert [event.sequence_number for event in found] == list(range(len(found)))
    with client.responses.stream(**ask()) as live:
        text = "".join(event.delta for event in live if event.type == "response.output_text.delta")
        final = live.get_final_response()
    assert text == final.output_text and text.startswith("LYNKR_DONE"), (text, final)


@scenario
def response_tools():
    with client.responses.stream(**ask(tools=[FLAT])) as live:
        done = [event for event in live if event.type == "response.function_call_arguments.done"]
        call = [item for item in live.get_final_response().output if item.type == "function_call"][0]
    assert len(done) == 1 and done[0].arguments == call.arguments and json.loads(call.arguments)["command"], call


@scenario
def response_structured():
    parsed = client.responses.parse(**ask(text_format=Place))
    assert isinstance(parsed.output_parsed, Place), parsed


@scenario
def response_continued():
    first = client.responses.create(**ask(tools=[FLAT]))
    call = [item for item in first.output if item.type == "function_call"][0]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "LYNKR_RAN"}
    second = client.responses.create(model=MODEL, input=[result], previous_response_id=first.id, tools=[FLAT])
    assert "result=[LYNKR_RAN]" in second.output_text and second.previous_response_id == first.id, second
    unknown = lambda: client.responses.create(**ask(previous_response_id="resp_nobody_knows"))
    error = raises(openai.BadRequestError, unknown)
    assert error.code == "previous_response_not_found", error.body


@scenario
def response_stored():
    made = client.responses.create(**ask())
    try:
        found = client.responses.retrieve(made.id)
    except openai.APIStatusError as error:
        assert error.status_code in (404, 405), error
        raise Skipped("the gateway doesn't serve it") from None
    assert found.id == made.id and found.output_text == made.output_text
    assert list(client.responses.input_items.list(made.id))
    client.responses.delete(made.id)
    raises(openai.NotFoundError, lambda: client.responses.retrieve(made.id))


@scenario
def models():
    page = client.models.list()
    assert page.data and page.object == "list"
    for model in page.data:
        strict(Model, model.to_json(exclude_unset=True).encode())
    assert client.models.retrieve(page.data[0].id).id == page.data[0].id
    raises(openai.NotFoundError, lambda: client.models.retrieve("no-such-model-anywhere"))


@scenario
def embeddings():
    served("/v1/embeddings")
    options = {"model": "text-embedding-3-small", "input": ["one", "two"]}
    made = elsewhere(lambda: client.embeddings.create(**options))
    raw = client.embeddings.with_raw_response.create(**options, encoding_format="float")
    strict(CreateEmbeddingResponse, body(raw))
    assert len(made.data) == 2 and all(len(item.embedding) > 0 for item in made.data), made


@scenario
def errors():
    kinds = [
        (400, openai.BadRequestError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (413, openai.APIStatusError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (529, openai.InternalServerError),
    ]
    for status, kind in kinds:
        for act in [
            lambda words: client.chat.completions.create(**chat(words)),
            lambda words: client.chat.completions.create(**chat(words), stream=True),
            lambda words: client.responses.create(**ask(words)),
            lambda words: client.responses.create(**ask(words), stream=True),
        ]:
            error = raises(kind, lambda: act(order(status=status)))
            assert error.status_code == status and error.request_id and error.body["message"], (status, error.body)
            assert error.type, (status, error.body)
    stranger = client.with_options(api_key="sk-nobody")
    error = raises(openai.AuthenticationError, lambda: stranger.responses.create(**ask()))
    assert error.status_code == 401 and error.request_id and error.code == "invalid_api_key", error.body
    raises(openai.NotFoundError, lambda: client.post("/nothing/here", cast_to=object, body={}))


@scenario
def broken_stream():
    def whole_chat():
        with client.chat.completions.stream(**chat(order(cut=1))) as live:
            return live.get_final_completion()

    def whole_response():
        with client.responses.stream(**ask(order(cut=1))) as live:
            return live.get_final_response()

    for read in [whole_chat, whole_response]:
        try:
            final = read()
        except (openai.APIError, RuntimeError):
            continue
        raise AssertionError(f"half an answer passed for a whole one: {final}")


@scenario
def retries():
    patient = client.with_options(max_retries=2)
    for status in [500, 503]:
        done = patient.chat.completions.create(**chat(order(status=status, once=once())))
        assert done.choices[0].message.content.startswith("LYNKR_DONE")
    again = lambda: patient.responses.create(**ask(order(status=429, retry_after=1, once=once())))
    _, took = timed(again)
    assert took >= 0.9, f"waited {took} s, not the second that was asked for"


@scenario
def timeouts():
    hasty = client.with_options(timeout=0.6)
    raises(openai.APITimeoutError, lambda: hasty.chat.completions.create(**chat(order(stall=3000))))
    raises(openai.APITimeoutError, lambda: hasty.responses.create(**ask(order(stall=3000))))


@scenario
def cancel():
    stream = client.chat.completions.create(**chat(order(stall=4000, after=1)), stream=True)
    next(iter(stream))
    stream.close()
    assert client.chat.completions.create(**chat()).choices[0].finish_reason == "stop"


@scenario
def asynchronous():
    async def both():
        async with openai.AsyncOpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0, timeout=30) as other:
            texts = [answer.output_text for answer in await asyncio.gather(*[other.responses.create(**ask()) for _ in range(4)])]
            async with other.chat.completions.stream(**chat()) as live:
                final = await live.get_final_completion()
            return texts + [final.choices[0].message.content]

    assert all(text.startswith("LYNKR_DONE") for text in asyncio.run(both()))


def elsewhere(act):
    """Runs what not every provider has; its refusal must be clear."""
    try:
        return act()
    except openai.APIStatusError as error:
        assert error.status_code in (400, 404, 405, 501) and error.body["message"], error
        raise Skipped("the provider has none") from None


@scenario
def files():
    served("/v1/files")
    made = elsewhere(lambda: client.files.create(file=("a.jsonl", b"{}\n"), purpose="batch"))
    strict(FileObject, made.to_json(exclude_unset=True).encode())
    assert client.files.retrieve(made.id).id == made.id and [file.id for file in client.files.list()]
    assert client.files.delete(made.id).deleted


@scenario
def batches():
    served("/v1/batches")
    options = {"completion_window": "24h", "endpoint": "/v1/chat/completions", "input_file_id": "file_kit"}
    made = elsewhere(lambda: client.batches.create(**options))
    strict(Batch, made.to_json(exclude_unset=True).encode())
    assert client.batches.retrieve(made.id).id == made.id and [batch.id for batch in client.batches.list()]
    client.batches.cancel(made.id)
