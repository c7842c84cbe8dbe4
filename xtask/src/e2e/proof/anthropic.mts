// The Anthropic SDK for TypeScript.
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { Skipped, base, check, fails, key, once, order, run, served, throws } from "./common.mjs";

const client = new Anthropic({ baseURL: base, apiKey: key, maxRetries: 0, timeout: 30_000 });
const schema = {
  type: "object",
  properties: { command: { type: "string" } },
  required: ["command"],
  additionalProperties: false,
} as const;
const tool: Anthropic.Tool = { name: "bash", description: "Runs a command.", input_schema: { ...schema, required: [...schema.required] } };

const ask = (text = "Say something.") => ({
  model: "claude-sonnet-4-5",
  max_tokens: 4096,
  messages: [{ role: "user" as const, content: text }],
});

const words = (message: { content: Array<{ type: string; text?: string }> }) =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

/** Every field that the type promises, at run time. */
function whole(message: Anthropic.Message) {
  check(message.type === "message" && message.role === "assistant", message);
  check(message.id && message.model && Array.isArray(message.content), message);
  check(message.stop_reason && "stop_sequence" in message, message);
  const { input_tokens, output_tokens } = message.usage;
  check(Number.isInteger(input_tokens) && input_tokens > 0 && Number.isInteger(output_tokens), message.usage);
  for (const block of message.content) {
    switch (block.type) {
      case "text":
        check(typeof block.text === "string", block);
        break;
      case "thinking":
        check(typeof block.thinking === "string" && typeof block.signature === "string", block);
        break;
      case "tool_use":
        check(block.id && block.name && typeof block.input === "object", block);
        break;
      default:
        check(false, block);
    }
  }
}

await run({
  async answer() {
    const { data, response, request_id } = await client.messages.create({ ...ask(), system: "Be brief." }).withResponse();
    whole(data);
    check(request_id && response.headers.get("request-id") === request_id, request_id);
    check(data.stop_reason === "end_turn" && words(data).startsWith("LYNKR_DONE"), data);
  },
  async stream() {
    const kinds: string[] = [];
    for await (const event of await client.messages.create({ ...ask(), stream: true })) {
      kinds.push(event.type);
      switch (event.type) {
        case "message_start":
          check(event.message.content.length === 0 && event.message.usage.input_tokens > 0, event);
          break;
        case "content_block_start":
          check(event.index === 0 && event.content_block.type === "text", event);
          break;
        case "content_block_delta":
          check(event.index === 0 && event.delta.type === "text_delta", event);
          break;
        case "message_delta":
          check(event.delta.stop_reason === "end_turn" && event.usage.output_tokens > 0, event);
          break;
        case "content_block_stop":
        case "message_stop":
          break;
        default:
          check((event as { type: string }).type === "ping", event);
      }
    }
    check(kinds[0] === "message_start" && kinds.at(-1) === "message_stop", kinds);
    let text = "";
    const live = client.messages.stream(ask()).on("text", (delta) => (text += delta));
    const final = await live.finalMessage();
    whole(final);
    check(text === words(final) && text === (await live.finalText()) && text.startsWith("LYNKR_DONE"), final);
  },
  async thinking() {
    const options = { ...ask(), thinking: { type: "enabled" as const, budget_tokens: 2048 } };
    whole(await client.messages.stream(options).finalMessage());
  },
  async tool_stream() {
    let pieces = 0;
    const live = client.messages.stream({ ...ask(), tools: [tool] }).on("inputJson", () => (pieces += 1));
    const final = await live.finalMessage();
    whole(final);
    const call = final.content.at(-1);
    check(call?.type === "tool_use" && final.stop_reason === "tool_use" && pieces > 0, final);
    check(typeof (call.input as { command: string }).command === "string", call);
  },
  async tool_runner() {
    const ran: string[] = [];
    const times = () => ran.length;
    const bash = betaTool({
      name: "bash",
      description: "Runs a command.",
      inputSchema: schema,
      run: ({ command }) => {
        ran.push(command);
        return "LYNKR_RAN";
      },
    });
    const last = await client.beta.messages.toolRunner({ ...ask(), tools: [bash] });
    check(times() === 1 && words(last).includes("result=[LYNKR_RAN]"), last);
    let streamed;
    for await (const live of client.beta.messages.toolRunner({ ...ask(), tools: [bash], stream: true })) {
      streamed = await live.finalMessage();
    }
    check(times() === 2 && streamed && words(streamed).includes("result=[LYNKR_RAN]"), streamed);
  },
  async structured() {
    const format = {
      type: "json_schema" as const,
      schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
    };
    const message = await client.messages.create({ ...ask(), output_config: { format } });
    check(typeof JSON.parse(words(message)).city === "string", message);
  },
  async count_tokens() {
    const { messages, model } = ask();
    const counted = await client.messages.countTokens({ messages, model, tools: [tool] });
    check(Number.isInteger(counted.input_tokens) && counted.input_tokens > 0, counted);
  },
  async models() {
    const page = await client.models.list();
    for (const model of page.data) {
      check(model.type === "model" && model.id && model.display_name && model.created_at, model);
    }
    const first = page.data[0];
    check(first, page);
    check((await client.models.retrieve(first.id)).id === first.id, first);
    let all = 0;
    for await (const model of client.models.list({ limit: 1 })) all += model.id ? 1 : 0;
    check(all === (await client.models.list({ limit: 1000 })).data.length, all);
    await throws(Anthropic.NotFoundError, () => client.models.retrieve("no-such-model-anywhere"));
  },
  async errors() {
    const kinds = [
      [400, Anthropic.BadRequestError, "invalid_request_error"],
      [403, Anthropic.PermissionDeniedError, "permission_error"],
      [404, Anthropic.NotFoundError, "not_found_error"],
      [429, Anthropic.RateLimitError, "rate_limit_error"],
      [500, Anthropic.InternalServerError, "api_error"],
    ] as const;
    for (const [status, kind, word] of kinds) {
      const error = await throws(kind as typeof Anthropic.APIError, () => client.messages.create(ask(order({ status }))));
      check(error.status === status && error.requestID, error);
      check((error.error as { error: { type: string } }).error.type === word, error.error);
    }
    for (const status of [413, 529]) {
      try {
        await client.messages.stream(ask(order({ status }))).finalMessage();
        check(false, `${status} was no error`);
      } catch (error) {
        check(error instanceof Anthropic.APIError && error.status === status && error.requestID, String(error));
      }
    }
    const stranger = client.withOptions({ apiKey: "sk-nobody" });
    await throws(Anthropic.AuthenticationError, () => stranger.messages.create(ask()));
  },
  async broken_stream() {
    await fails(() => client.messages.stream(ask(order({ cut: 1 }))).finalMessage());
  },
  async retries() {
    const patient = client.withOptions({ maxRetries: 2 });
    for (const status of [500, 529]) {
      check(words(await patient.messages.create(ask(order({ status, once: once() })))).startsWith("LYNKR_DONE"), status);
    }
    const started = Date.now();
    await patient.messages.create(ask(order({ status: 429, retry_after: 1, once: once() })));
    check(Date.now() - started >= 900, `waited ${Date.now() - started} ms`);
  },
  async timeouts() {
    const hasty = client.withOptions({ timeout: 600 });
    await throws(Anthropic.APIConnectionTimeoutError, () => hasty.messages.create(ask(order({ stall: 3000 }))));
  },
  async cancel() {
    const live = client.messages.stream(ask(order({ stall: 4000, after: 1 })));
    setTimeout(() => live.abort(), 300);
    await throws(Anthropic.APIUserAbortError, () => live.finalMessage());
    whole(await client.messages.create(ask()));
  },
  async batches() {
    await served("/v1/messages/batches");
    try {
      const made = await client.messages.batches.create({ requests: [{ custom_id: "one", params: ask() }] });
      check((await client.messages.batches.retrieve(made.id)).type === "message_batch", made);
      await client.messages.batches.cancel(made.id);
    } catch (error) {
      check(error instanceof Anthropic.APIError && [400, 404, 405, 501].includes(error.status ?? 0), String(error));
      throw new Skipped("the provider has none");
    }
  },
});
