// An agent of a few lines on the official TypeScript SDKs: sdk.mjs WIRE BASE CASE KEY MODULES, in the project
// folder. Prints `TEXT …` for each final text and `THINKING_SEEN` when reasoning was shown; `ERROR …` and exit
// code 1 when the SDK throws.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [wire, base, testCase, apiKey, modules] = process.argv.slice(2);
const require = createRequire(modules);
const load = async (name) => {
  const module = await import(pathToFileURL(require.resolve(name)).href);
  return module.default?.default ?? module.default;
};
const prompt = "Do what the tool asks for, then report.";
const about = "Runs a shell command.";
const schema = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
const rounds = 40;

const picture = (name) => readFileSync(name).toString("base64");
const shell = (command) => {
  const done = spawnSync("bash", ["-c", command], { encoding: "utf8", timeout: 30000 });
  return done.stdout + done.stderr || "(no output)";
};
const report = (text, thinking) => {
  console.log("TEXT " + text);
  if (thinking) console.log("THINKING_SEEN");
};
const expect = (condition, what) => {
  if (!condition) throw new Error("unexpected: " + (typeof what === "string" ? what : JSON.stringify(what)));
};

const anthropicImage = (name) => ({
  type: "image",
  source: { type: "base64", media_type: "image/png", data: picture(name) },
});

async function anthropic() {
  const Anthropic = await load("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: base, apiKey, timeout: 60000 });
  const options = { model: "claude-haiku-4-5", max_tokens: 8192, tools: [{ name: "bash", description: about, input_schema: schema }] };
  if (testCase === "thinking") options.thinking = { type: "enabled", budget_tokens: 2048 };
  const content = [{ type: "text", text: prompt }];
  if (testCase === "image") content.unshift(anthropicImage("dot.png"));
  const messages = [{ role: "user", content }];
  if (testCase === "count_tokens") {
    const counted = await client.messages.countTokens({ model: options.model, tools: options.tools, messages });
    expect(Number.isInteger(counted.input_tokens) && counted.input_tokens > 0, counted);
    return report("LYNKR_DONE counted");
  }
  if (testCase === "plain") {
    delete options.tools;
    const whole = await client.messages.create({ ...options, messages });
    report(whole.content[0].text);
    expect(whole.usage.input_tokens > 0 && whole.stop_reason === "end_turn", whole);
  }
  let seen = false;
  for (let round = 0; round < rounds; round++) {
    const answer = await client.messages.stream({ ...options, messages }).finalMessage();
    expect(answer.usage.output_tokens > 0, answer);
    seen ||= answer.content.some((block) => block.type === "thinking" && block.thinking);
    const calls = answer.content.filter((block) => block.type === "tool_use");
    if (!calls.length) {
      expect(answer.stop_reason === "end_turn", answer.stop_reason);
      return report(answer.content.filter((block) => block.type === "text").map((block) => block.text).join(""), seen);
    }
    expect(answer.stop_reason === "tool_use", answer.stop_reason);
    const results = calls.map((call) => {
      const parts = [{ type: "text", text: shell(call.input.command) }];
      if (testCase === "image") parts.unshift(anthropicImage("square.png"));
      return { type: "tool_result", tool_use_id: call.id, content: parts };
    });
    messages.push({ role: "assistant", content: answer.content }, { role: "user", content: results });
  }
  throw new Error("the conversation has no end");
}

const openai = async () => {
  const OpenAI = await load("openai");
  return new OpenAI({ baseURL: base + "/v1", apiKey, timeout: 60000 });
};

async function chatTurn(client, request) {
  const turn = { text: "", calls: [], finish: null, thought: false };
  let usage = null;
  const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) {
    usage = chunk.usage ?? usage;
    for (const choice of chunk.choices) {
      turn.finish = choice.finish_reason ?? turn.finish;
      turn.text += choice.delta.content ?? "";
      turn.thought ||= Boolean(choice.delta.reasoning_content);
      for (const part of choice.delta.tool_calls ?? []) {
        const call = (turn.calls[part.index] ??= { id: "", type: "function", function: { name: "", arguments: "" } });
        call.id += part.id ?? "";
        call.function.name += part.function?.name ?? "";
        call.function.arguments += part.function?.arguments ?? "";
      }
    }
  }
  expect(turn.finish, "the stream ended without a finish reason");
  expect(usage?.total_tokens > 0, "no usage although it was asked for");
  return turn;
}

async function chat() {
  const client = await openai();
  const options = { model: "gpt-5.4", tools: [{ type: "function", function: { name: "bash", description: about, parameters: schema } }] };
  if (testCase === "thinking") options.reasoning_effort = "medium";
  const content = [{ type: "text", text: prompt }];
  if (testCase === "image") content.push({ type: "image_url", image_url: { url: "data:image/png;base64," + picture("dot.png") } });
  const messages = [{ role: "user", content }];
  if (testCase === "plain") {
    delete options.tools;
    const whole = await client.chat.completions.create({ ...options, messages });
    report(whole.choices[0].message.content);
    expect(whole.usage.total_tokens > 0 && whole.choices[0].finish_reason === "stop", whole);
  }
  let seen = false;
  for (let round = 0; round < rounds; round++) {
    const turn = await chatTurn(client, { ...options, messages });
    seen ||= turn.thought;
    if (!turn.calls.length) {
      expect(turn.finish === "stop", turn.finish);
      return report(turn.text, seen);
    }
    expect(turn.finish === "tool_calls", turn.finish);
    messages.push({ role: "assistant", content: turn.text || null, tool_calls: turn.calls });
    for (const call of turn.calls) {
      const output = shell(JSON.parse(call.function.arguments).command);
      messages.push({ role: "tool", tool_call_id: call.id, content: output });
    }
  }
  throw new Error("the conversation has no end");
}

async function responses() {
  const client = await openai();
  const tool = { type: "function", name: "bash", description: about, parameters: { ...schema, additionalProperties: false }, strict: true };
  const options = { model: "gpt-5.4", tools: [tool], store: false, include: ["reasoning.encrypted_content"] };
  if (testCase === "thinking") options.reasoning = { effort: "medium", summary: "auto" };
  const image = (name) => ({ type: "input_image", detail: "auto", image_url: "data:image/png;base64," + picture(name) });
  const content = [{ type: "input_text", text: prompt }];
  if (testCase === "image") content.push(image("dot.png"));
  const input = [{ role: "user", content }];
  if (testCase === "plain") {
    delete options.tools;
    const whole = await client.responses.create({ ...options, input });
    report(whole.output_text);
    expect(whole.status === "completed" && whole.usage.total_tokens > 0, whole);
  }
  let seen = false;
  for (let round = 0; round < rounds; round++) {
    const answer = await client.responses.stream({ ...options, input }).finalResponse();
    expect(answer.status === "completed", answer.status);
    seen ||= answer.output.some((item) => item.type === "reasoning" && item.summary.length);
    const calls = answer.output.filter((item) => item.type === "function_call");
    if (!calls.length) return report(answer.output_text, seen);
    // The helper adds parsed copies that the service does not take back.
    for (const { parsed_arguments, ...item } of answer.output) input.push(item);
    for (const call of calls) {
      let output = shell(JSON.parse(call.arguments).command);
      if (testCase === "image") output = [image("square.png"), { type: "input_text", text: output }];
      input.push({ type: "function_call_output", call_id: call.call_id, output });
    }
  }
  throw new Error("the conversation has no end");
}

try {
  await { anthropic, chat, responses }[wire]();
} catch (error) {
  console.log(`ERROR ${error.constructor.name}: ${String(error.message).slice(0, 500)}`);
  process.exit(1);
}
