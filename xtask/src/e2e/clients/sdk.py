"""An agent of a few lines on the official Python SDKs: sdk.py WIRE BASE CASE KEY, in the project folder.

Prints `TEXT …` for each final text and `THINKING_SEEN` when reasoning was shown; `ERROR …` and exit code 1
when the SDK raises.
"""

import base64
import subprocess
import sys

WIRE, BASE, CASE, KEY = sys.argv[1:5]
PROMPT = "Do what the tool asks for, then report."
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
ABOUT = "Runs a shell command."
ROUNDS = 40


def picture(name):
    with open(name, "rb") as file:
        return base64.b64encode(file.read()).decode()


def shell(command):
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr or "(no output)"


def report(text, thinking=False):
    print("TEXT " + (text or ""))
    if thinking:
        print("THINKING_SEEN")


def anthropic_client():
    import anthropic

    return anthropic.Anthropic(base_url=BASE, api_key=KEY, timeout=60)


def anthropic_image(name):
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": picture(name)}}


def anthropic_agent():
    client = anthropic_client()
    tools = [{"name": "bash", "description": ABOUT, "input_schema": SCHEMA}]
    options = {"model": "claude-haiku-4-5", "max_tokens": 8192, "tools": tools}
    if CASE == "thinking":
        options["thinking"] = {"type": "enabled", "budget_tokens": 2048}
    content = [{"type": "text", "text": PROMPT}]
    if CASE == "image":
        content.insert(0, anthropic_image("dot.png"))
    messages, seen = [{"role": "user", "content": content}], False
    if CASE == "plain":
        del options["tools"]
        whole = client.messages.create(messages=messages, **options)
        report(whole.content[0].text)
        assert whole.usage.input_tokens > 0 and whole.stop_reason == "end_turn", whole
    for _ in range(ROUNDS):
        with client.messages.stream(messages=messages, **options) as stream:
            for _event in stream:
                pass
            answer = stream.get_final_message()
        assert answer.usage.output_tokens > 0, answer
        seen = seen or any(block.type == "thinking" and block.thinking for block in answer.content)
        calls = [block for block in answer.content if block.type == "tool_use"]
        if not calls:
            assert answer.stop_reason == "end_turn", answer.stop_reason
            return report("".join(block.text for block in answer.content if block.type == "text"), seen)
        assert answer.stop_reason == "tool_use", answer.stop_reason
        results = [anthropic_result(call) for call in calls]
        messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
    raise RuntimeError("the conversation has no end")


def anthropic_result(call):
    content = [{"type": "text", "text": shell(call.input["command"])}]
    if CASE == "image":
        content.insert(0, anthropic_image("square.png"))
    return {"type": "tool_result", "tool_use_id": call.id, "content": content}


def anthropic_count():
    client = anthropic_client()
    tools = [{"name": "bash", "description": ABOUT, "input_schema": SCHEMA}]
    messages = [{"role": "user", "content": PROMPT}]
    counted = client.messages.count_tokens(model="claude-haiku-4-5", tools=tools, messages=messages)
    assert isinstance(counted.input_tokens, int) and counted.input_tokens > 0, counted
    report("LYNKR_DONE counted")


def openai_client():
    import openai

    return openai.OpenAI(base_url=BASE + "/v1", api_key=KEY, timeout=60)


def chat_agent():
    client = openai_client()
    tools = [{"type": "function", "function": {"name": "bash", "description": ABOUT, "parameters": SCHEMA}}]
    options = {"model": "gpt-5.4", "tools": tools}
    if CASE == "thinking":
        options["reasoning_effort"] = "medium"
    content = [{"type": "text", "text": PROMPT}]
    if CASE == "image":
        content.append({"type": "image_url", "image_url": {"url": "data:image/png;base64," + picture("dot.png")}})
    messages, seen = [{"role": "user", "content": content}], False
    if CASE == "plain":
        del options["tools"]
        whole = client.chat.completions.create(messages=messages, **options)
        report(whole.choices[0].message.content)
        assert whole.usage.total_tokens > 0 and whole.choices[0].finish_reason == "stop", whole
    for _ in range(ROUNDS):
        text, calls, finish, thought = chat_turn(client, messages, options)
        seen = seen or thought
        if not calls:
            assert finish == "stop", finish
            return report(text, seen)
        assert finish == "tool_calls", finish
        turn = {"role": "assistant", "content": text or None, "tool_calls": [calls[index] for index in sorted(calls)]}
        messages.append(turn)
        for call in turn["tool_calls"]:
            output = shell(json_arguments(call["function"]["arguments"])["command"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": output})
    raise RuntimeError("the conversation has no end")


def chat_turn(client, messages, options):
    text, calls, finish, thought, usage = "", {}, None, False, None
    stream = client.chat.completions.create(
        messages=messages, stream=True, stream_options={"include_usage": True}, **options
    )
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            text += choice.delta.content or ""
            thought = thought or bool(getattr(choice.delta, "reasoning_content", None))
            for part in choice.delta.tool_calls or []:
                empty = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
                call = calls.setdefault(part.index, empty)
                call["id"] += part.id or ""
                call["function"]["name"] += part.function.name or ""
                call["function"]["arguments"] += part.function.arguments or ""
    assert finish, "the stream ended without a finish reason"
    assert usage and usage.total_tokens > 0, "no usage although it was asked for"
    return text, calls, finish, thought


def json_arguments(text):
    import json

    return json.loads(text)


def responses_agent():
    client = openai_client()
    tool = {"type": "function", "name": "bash", "description": ABOUT, "parameters": {**SCHEMA, "additionalProperties": False}, "strict": True}
    options = {"model": "gpt-5.4", "tools": [tool], "store": False, "include": ["reasoning.encrypted_content"]}
    if CASE == "thinking":
        options["reasoning"] = {"effort": "medium", "summary": "auto"}
    content = [{"type": "input_text", "text": PROMPT}]
    if CASE == "image":
        content.append({"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64," + picture("dot.png")})
    items, seen = [{"role": "user", "content": content}], False
    if CASE == "plain":
        del options["tools"]
        whole = client.responses.create(input=items, **options)
        report(whole.output_text)
        assert whole.status == "completed" and whole.usage.total_tokens > 0, whole
    for _ in range(ROUNDS):
        with client.responses.stream(input=items, **options) as stream:
            for _event in stream:
                pass
            answer = stream.get_final_response()
        assert answer.status == "completed", answer.status
        seen = seen or any(item.type == "reasoning" and item.summary for item in answer.output)
        calls = [item for item in answer.output if item.type == "function_call"]
        if not calls:
            return report(answer.output_text, seen)
        items += answer.output
        items += [responses_result(call) for call in calls]
    raise RuntimeError("the conversation has no end")


def responses_result(call):
    output = shell(json_arguments(call.arguments)["command"])
    if CASE == "image":
        image = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64," + picture("square.png")}
        output = [image, {"type": "input_text", "text": output}]
    return {"type": "function_call_output", "call_id": call.call_id, "output": output}


AGENTS = {"anthropic": anthropic_agent, "chat": chat_agent, "responses": responses_agent}

try:
    (anthropic_count if CASE == "count_tokens" else AGENTS[WIRE])()
except Exception as error:  # Any failure is the finding: it is printed and told by the exit code.
    print(f"ERROR {type(error).__name__}: {str(error)[:500]}")
    sys.exit(1)
