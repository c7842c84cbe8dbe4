// The OpenAI SDK for TypeScript.
import OpenAI from "openai";
import { Skipped, base, check, fails, key, once, order, run, served, throws } from "./common.mjs";

const client = new OpenAI({ baseURL: base + "/v1", apiKey: key, maxRetries: 0, timeout: 30_000 });
const model = "gpt-5.4";
const parameters = {
  type: "object",
  properties: { command: { type: "string" } },
  required: ["command"],
  additionalProperties: false,
};
const place = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const flat: OpenAI.Responses.FunctionTool = { type: "function", name: "bash", description: "Runs a command.", parameters, strict: true };

const chat = (text = "Say something.") => ({ model, messages: [{ role: "user" as const, content: text }] });
const ask = (text = "Say something.") => ({ model, input: text });

function whole(response: OpenAI.Responses.Response) {
  check(response.object === "response" && response.id && response.status === "completed", response);
  check(response.error === null && Array.isArray(response.tools) && response.parallel_tool_calls !== undefined, response);
  check(response.usage && response.usage.total_tokens > 0 && response.usage.input_tokens_details, response.usage);
  for (const item of response.output) {
    switch (item.type) {
      case "message":
        check(item.role === "assistant" && item.content.every((part) => part.type === "output_text"), item);
        break;
      case "function_call":
        check(item.call_id && item.name && JSON.parse(item.arguments), item);
        break;
      case "reasoning":
        check(Array.isArray(item.summary), item);
        break;
      default:
        check(false, item);
    }
  }
}

await run({
  async chat_answer() {
    const { data, request_id } = await client.chat.completions.create(chat()).withResponse();
    const choice = data.choices[0];
    check(data.object === "chat.completion" && data.usage && data.usage.total_tokens > 0 && data.created, data);
    check(choice?.finish_reason === "stop" && choice.message.role === "assistant" && choice.index === 0, choice);
    check(request_id && choice.message.content?.startsWith("LYNKR_DONE"), data);
  },
  async chat_stream() {
    let text = "";
    const live = client.chat.completions.stream({ ...chat(), stream_options: { include_usage: true } });
    for await (const chunk of live) {
      check(chunk.object === "chat.completion.chunk" && chunk.id && Array.isArray(chunk.choices), chunk);
      text += chunk.choices[0]?.delta.content ?? "";
    }
    const final = await live.finalChatCompletion();
    check(text === final.choices[0]?.message.content && text.startsWith("LYNKR_DONE"), final);
    check((await live.totalUsage()).total_tokens > 0, final);
  },
  async chat_tools() {
    let ran = 0;
    const runner = client.chat.completions.runTools({
      ...chat(),
      tools: [
        {
          type: "function",
          function: {
            name: "bash",
            description: "Runs a command.",
            parameters,
            parse: JSON.parse,
            function: ({ command }: { command: string }) => {
              check(command, "no command");
              ran += 1;
              return "LYNKR_RAN";
            },
          },
        },
      ],
    });
    const text = await runner.finalContent();
    check(ran === 1 && text?.includes("result=[LYNKR_RAN]"), text);
  },
  async chat_structured() {
    const response_format = { type: "json_schema" as const, json_schema: { name: "place", strict: true, schema: place } };
    const parsed = await client.chat.completions.parse({ ...chat(), response_format });
    check(typeof JSON.parse(parsed.choices[0]?.message.content ?? "").city === "string", parsed);
  },
  async response_answer() {
    const { data, request_id } = await client.responses.create({ ...ask(), instructions: "Be brief." }).withResponse();
    whole(data);
    check(request_id && data.output_text.startsWith("LYNKR_DONE"), data);
  },
  async response_stream() {
    let [text, number] = ["", 0];
    const live = client.responses.stream(ask());
    for await (const event of live) {
      check(event.sequence_number === number, event);
      number += 1;
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed") whole(event.response);
    }
    const final = await live.finalResponse();
    check(text === final.output_text && text.startsWith("LYNKR_DONE"), final);
  },
  async response_tools() {
    const final = await client.responses.stream({ ...ask(), tools: [flat] }).finalResponse();
    whole(final);
    const call = final.output.find((item) => item.type === "function_call");
    check(call && typeof JSON.parse(call.arguments).command === "string", final);
    const result = { type: "function_call_output" as const, call_id: call.call_id, output: "LYNKR_RAN" };
    const second = await client.responses.create({ model, input: [result], previous_response_id: final.id, tools: [flat] });
    check(second.output_text.includes("result=[LYNKR_RAN]") && second.previous_response_id === final.id, second);
  },
  async response_structured() {
    const format = { type: "json_schema" as const, name: "place", strict: true, schema: place };
    const parsed = await client.responses.parse({ ...ask(), text: { format } });
    check(typeof JSON.parse(parsed.output_text).city === "string", parsed);
  },
  async response_stored() {
    const made = await client.responses.create(ask());
    try {
      const found = await client.responses.retrieve(made.id);
      check(found.id === made.id, found);
    } catch (error) {
      check(error instanceof OpenAI.APIError && [404, 405, 426].includes(error.status ?? 0), String(error));
      throw new Skipped("the gateway doesn't serve it");
    }
    await client.responses.delete(made.id);
    await throws(OpenAI.NotFoundError, () => client.responses.retrieve(made.id));
  },
  async models() {
    const page = await client.models.list();
    const first = page.data[0];
    check(first && page.data.every((found) => found.object === "model" && found.id && found.owned_by), page.data);
    check((await client.models.retrieve(first.id)).id === first.id, first);
    await throws(OpenAI.NotFoundError, () => client.models.retrieve("no-such-model-anywhere"));
  },
  async embeddings() {
    await served("/v1/embeddings");
    try {
      const made = await client.embeddings.create({ model: "text-embedding-3-small", input: ["one", "two"] });
      check(made.data.length === 2 && made.data.every((item) => item.embedding.length > 0), made);
    } catch (error) {
      check(error instanceof OpenAI.APIError && [400, 404, 405, 501].includes(error.status ?? 0), String(error));
      throw new Skipped("the provider has none");
    }
  },
  async errors() {
    const kinds = [
      [400, OpenAI.BadRequestError],
      [403, OpenAI.PermissionDeniedError],
      [404, OpenAI.NotFoundError],
      [429, OpenAI.RateLimitError],
      [500, OpenAI.InternalServerError],
      [529, OpenAI.InternalServerError],
    ] as const;
    for (const [status, kind] of kinds) {
      for (const act of [
        () => client.chat.completions.create(chat(order({ status }))),
        () => client.responses.create({ ...ask(order({ status })), stream: true }),
      ]) {
        const error = await throws(kind as typeof OpenAI.APIError, act);
        check(error.status === status && error.requestID && error.message && error.type, error);
      }
    }
    const stranger = client.withOptions({ apiKey: "sk-nobody" });
    const refused = await throws(OpenAI.AuthenticationError, () => stranger.chat.completions.create(chat()));
    check(refused.code === "invalid_api_key", refused);
  },
  async broken_stream() {
    await fails(() => client.chat.completions.stream(chat(order({ cut: 1 }))).finalChatCompletion());
    // This helper gives back what failed and says so, unless the gateway could still answer with an error.
    await fails(async () => {
      const last = await client.responses.stream(ask(order({ cut: 1 }))).finalResponse();
      check(last.status === "completed", last);
      return last;
    });
  },
  async retries() {
    const patient = client.withOptions({ maxRetries: 2 });
    for (const status of [500, 503]) {
      const done = await patient.chat.completions.create(chat(order({ status, once: once() })));
      check(done.choices[0]?.message.content?.startsWith("LYNKR_DONE"), done);
    }
    const started = Date.now();
    await patient.responses.create(ask(order({ status: 429, retry_after: 1, once: once() })));
    check(Date.now() - started >= 900, `waited ${Date.now() - started} ms`);
  },
  async timeouts() {
    const hasty = client.withOptions({ timeout: 600 });
    await throws(OpenAI.APIConnectionTimeoutError, () => hasty.chat.completions.create(chat(order({ stall: 3000 }))));
  },
  async cancel() {
    const live = client.chat.completions.stream(chat(order({ stall: 4000, after: 1 })));
    setTimeout(() => live.abort(), 300);
    await throws(OpenAI.APIUserAbortError, () => live.finalChatCompletion());
    check((await client.chat.completions.create(chat())).choices.length === 1, "no answer afterwards");
  },
});
