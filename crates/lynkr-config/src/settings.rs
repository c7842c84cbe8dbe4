//! The settings of the gateway as a whole. Parts with settings of their own keep them in their own table.

use crate::{Kind, Setting};

const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/// The settings of the gateway as a whole.
pub const SETTINGS: &[Setting] = &[
    Setting::new(
        "PORT",
        "server.port",
        Kind::Integer { min: 0, max: 65_535 },
        "The port that the gateway listens on; 0 takes any free one.",
    )
    .with_default("8080"),
    Setting::new(
        "LYNKR_HOST",
        "server.host",
        Kind::Text,
        "The address that the gateway listens on. The default can be reached from this machine only.",
    )
    .with_default("127.0.0.1"),
    Setting::new(
        "LYNKR_API_KEYS",
        "server.api_keys",
        Kind::Secret,
        "The operator's own keys, separated by commas without blanks, which may do everything; clients show them as a \
         bearer token, in `x-api-key` or in `x-lynkr-key`. `lynkr keys` makes keys with limits. None of either ever goes \
         to a provider.",
    ),
    Setting::new(
        "LYNKR_REQUIRE_KEY",
        "server.require_key",
        Kind::Bool,
        "Whether every request must show a key. It must in any case where `LYNKR_API_KEYS` is set, or where other \
         machines can reach the gateway; else a key that is shown counts, and none is wanted.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_INSECURE",
        "server.insecure",
        Kind::Bool,
        "Serves other machines without keys: anybody who reaches the gateway spends its owner's money. Administration \
         still needs a key. Refused from a project's own `.env`.",
    )
    .with_default("false"),
    Setting::in_process(
        "LYNKR_START_TOKEN",
        "server",
        Kind::Secret,
        "What `lynkr wrap` and `lynkr start --daemon` tell a gateway that they start, so that it can prove at \
         `GET /v1/instance` that it is that one. Made anew at each start.",
    ),
    Setting::new(
        "LYNKR_ALLOWED_HOSTS",
        "server.allowed_hosts",
        Kind::List,
        "Names under which the gateway may be asked for (`Host`) besides `localhost` and loopback addresses; `*` for any. \
         Checked where only this machine reaches it, or where this is set. Refused from a project's own `.env`.",
    ),
    Setting::new(
        "RATE_LIMIT_ENABLED",
        "limits.enabled",
        Kind::Bool,
        "Whether all callers have a rate limit. The limits of single keys hold in any case.",
    )
    .with_default("false"),
    Setting::new("RATE_LIMIT_WINDOW_MS", "limits.window", Kind::Milliseconds, "The window of that rate limit.")
        .with_default("60000"),
    Setting::new(
        "RATE_LIMIT_MAX",
        "limits.max",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        "How many requests fit into a window.",
    )
    .with_default("100"),
    Setting::new(
        "RATE_LIMIT_KEY_BY",
        "limits.key_by",
        Kind::Choice(&["session", "ip", "both", "key", "user"]),
        "By what callers are told apart; by address where a request names none.",
    )
    .with_default("session"),
    Setting::new(
        "LYNKR_BUDGET_ENFORCER",
        "limits.budgets",
        Kind::Bool,
        "Whether budgets are enforced and charged. Refused from a project's own `.env`.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_BUDGET_OUTPUT_RESERVE",
        "limits.output_reserve",
        Kind::Integer { min: 0, max: 10_000_000 },
        "The most output tokens that are reserved in budgets for one request, which may ask for more. What an answer has \
         beyond that is charged all the same, and may go beyond a budget.",
    )
    .with_default("4096"),
    Setting::new(
        "MODEL_PRICE_OVERRIDES",
        "limits.prices",
        Kind::Text,
        "What models cost, in dollars for a million tokens, as JSON: `{\"model\": {\"input\": 3, \"output\": 15}}`, by model, \
         `provider:model` or `provider:*`. It goes before the built-in list prices; docs/prices.md has all fields.",
    ),
    Setting::new(
        "LYNKR_PRICES_REFRESH",
        "prices.refresh",
        Kind::Bool,
        "Whether newer list prices are fetched, once a day, from `LYNKR_PRICES_URL`. Refused from a project's own `.env`.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_PRICES_URL",
        "prices.url",
        Kind::Url,
        "Where list prices are fetched, in the form of LiteLLM's list. Refused from a project's own `.env`.",
    )
    .with_default("https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"),
    Setting::new(
        "LYNKR_TLS_CERT",
        "server.tls.certificate",
        Kind::Path,
        "A PEM file with the gateway's certificate, followed by those between it and its authority. With it and \
         `LYNKR_TLS_KEY` the gateway serves HTTPS, HTTP/2 included, and nothing else.",
    ),
    Setting::new(
        "LYNKR_TLS_KEY",
        "server.tls.key",
        Kind::Path,
        "A PEM file with the certificate's private key.",
    ),
    Setting::new(
        "REQUEST_JSON_LIMIT",
        "server.json_limit",
        Kind::Bytes,
        "The largest request body; a larger one is answered with 413.",
    )
    .with_default("1gb"),
    Setting::new(
        "LYNKR_CLIENT_TIMEOUT_MS",
        "server.client_timeout",
        Kind::Milliseconds,
        "How long a client may take to the end of a request's head, and stay silent within its body. A connection \
         without any request ends then, too.",
    )
    .with_default("60000"),
    Setting::new(
        "LYNKR_HOLD_MS",
        "server.hold",
        Kind::Milliseconds,
        "How long the head of a streamed answer is held back for an early failure of the provider, which can \
         then still be retried or answered with its own status.",
    )
    .with_default("5000"),
    Setting::new(
        "LYNKR_PING_INTERVAL_MS",
        "server.ping_interval",
        Kind::Milliseconds,
        "How often a streamed answer that has nothing to say is kept alive.",
    )
    .with_default("15000"),
    Setting::new(
        "GRACEFUL_SHUTDOWN_TIMEOUT",
        "server.shutdown_timeout",
        Kind::Milliseconds,
        "How long requests under way may take to finish after Ctrl-C or SIGTERM.",
    )
    .with_default("30000"),
    Setting::new(
        "LOAD_SHEDDING_ENABLED",
        "server.load_shedding.enabled",
        Kind::Bool,
        "Whether new requests are refused (503 with `Retry-After`) when there is too much to do already.",
    )
    .with_default("true"),
    Setting::new(
        "LOAD_SHEDDING_MEMORY_THRESHOLD",
        "server.load_shedding.memory",
        Kind::Share,
        "The resident memory past which new requests are refused, as a share of the container's limit, or of the \
         machine's memory. Other processes' memory doesn't count.",
    )
    .with_default("0.85"),
    Setting::new(
        "LOAD_SHEDDING_HEAP_THRESHOLD",
        "server.load_shedding.heap",
        Kind::Share,
        "The same of the memory that is the process's own: heap and stacks, swapped out or not.",
    )
    .with_default("0.90"),
    Setting::new(
        "LOAD_SHEDDING_ACTIVE_REQUESTS_THRESHOLD",
        "server.load_shedding.active_requests",
        Kind::Integer { min: 1, max: 1_000_000 },
        "The requests under way past which new ones are refused. An open stream counts as one.",
    )
    .with_default("1000"),
    Setting::new(
        "LYNKR_STATE_DIR",
        "state.dir",
        Kind::Path,
        "The folder that holds what the gateway keeps; by default `$XDG_STATE_HOME/lynkr`, else \
         `~/.local/state/lynkr`.",
    ),
    Setting::new(
        "LYNKR_DATABASE_URL",
        "state.database_url",
        Kind::ServerUrl,
        "Where sessions, usage, budgets and keys are kept: `postgres://…` for several gateways that share them, or \
         `sqlite:<path>`. Unset, an SQLite file. Refused from a project's own `.env`.",
    ),
    Setting::in_process(
        "DATABASE_URL",
        "state",
        Kind::ServerUrl,
        "The same, when `LYNKR_DATABASE_URL` is not set, and only from the process environment: in a `.env` or in a \
         project it is some other program's. A database of another kind is left alone.",
    ),
    Setting::new(
        "SESSION_DB_PATH",
        "state.session_db",
        Kind::Path,
        "The SQLite file, when no database URL is set; by default `lynkr.db` in the state folder.",
    ),
    Setting::new(
        "REDIS_URL",
        "state.redis_url",
        Kind::ServerUrl,
        "A Redis server (`redis://` or `rediss://`) for rate limits and caches that several gateways share. Refused \
         from a project's own `.env`.",
    ),
    Setting::new(
        "LYNKR_SESSION_FINGERPRINT",
        "state.session_fingerprint",
        Kind::Bool,
        "Whether a request that names no session gets one by a digest of how its conversation begins, so that its usage \
         can be added up. Nothing else is kept under such an id.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_TRANSCRIPTS",
        "state.transcripts",
        Kind::Bool,
        "Whether what is said in sessions that the client names is kept: each request's new turns and the answer's words, \
         up to 64 kB each. Off, only that there was an answer is kept, and by whom.",
    )
    .with_default("false"),
    Setting::new(
        "LYNKR_KEEP_SESSIONS",
        "state.keep.sessions",
        Kind::Milliseconds,
        "How long a session that nobody uses is kept, with its transcript. 0 keeps for ever, here and below.",
    )
    .with_default("24h"),
    Setting::new(
        "LYNKR_KEEP_HISTORY",
        "state.keep.history",
        Kind::Milliseconds,
        "How long the turns of sessions that go on are kept.",
    )
    .with_default("168h"),
    Setting::new(
        "LYNKR_KEEP_USAGE",
        "state.keep.usage",
        Kind::Milliseconds,
        "How long usage records are kept.",
    )
    .with_default("2160h"),
    Setting::new(
        "LYNKR_KEEP_TELEMETRY",
        "state.keep.telemetry",
        Kind::Milliseconds,
        "How long telemetry is kept.",
    )
    .with_default("720h"),
    Setting::new(
        "LYNKR_KEEP_AUDIT",
        "state.keep.audit",
        Kind::Milliseconds,
        "How long audit entries are kept.",
    )
    .with_default("8760h"),
    Setting::new(
        "LYNKR_KEEP_RESPONSES",
        "state.keep.responses",
        Kind::Milliseconds,
        "How long stored answers are kept in the store.",
    )
    .with_default("720h"),
    Setting::new(
        "LYNKR_STORED_RESPONSES_MAX_BYTES",
        "state.stored_responses_max",
        Kind::Bytes,
        "How much is kept of translated answers so that `previous_response_id` can refer to them: in memory, and as much \
         in the store.",
    )
    .with_default("64mb"),
    Setting::new(
        "MODEL_PROVIDER",
        "models.provider",
        Kind::Text,
        "The provider that answers. Unset, the gateway looks for keys in the environment, then for model \
         servers on this machine, and else serves the builtin provider.",
    ),
    Setting::new(
        "EMBEDDINGS_PROVIDER",
        "models.embeddings_provider",
        Kind::Text,
        "The provider that makes embeddings. Unset, the one that answers makes them where it can, else the first of \
         openrouter, openai, ollama and llamacpp that is set up.",
    ),
    Setting::new(
        "MODEL_DEFAULT",
        "models.default",
        Kind::Text,
        "The model that is used when neither the client nor the provider's own setting names a usable one.",
    ),
    Setting::new(
        "LYNKR_FORCE_MODEL",
        "models.force",
        Kind::Text,
        "The model that is used whatever the client asks for; `provider:model` names a provider as well.",
    ),
    Setting::new(
        "LYNKR_MODEL_ALIASES",
        "models.aliases",
        Kind::Pairs,
        "Names that clients may use, and the model that each stands for: `fast=openai:gpt-4o-mini`.",
    ),
    Setting::new(
        "LYNKR_CONNECT_TIMEOUT_MS",
        "upstream.connect_timeout",
        Kind::Milliseconds,
        "How long a connection to a provider may take.",
    )
    .with_default("10000"),
    Setting::new(
        "LYNKR_FIRST_BYTE_TIMEOUT_MS",
        "upstream.first_byte_timeout",
        Kind::Milliseconds,
        "How long a provider may take to begin its answer.",
    )
    .with_default("600000"),
    Setting::new(
        "LYNKR_COUNT_TIMEOUT_MS",
        "upstream.count_timeout",
        Kind::Milliseconds,
        "How long a provider may take to count the tokens of a request before a tokenizer or an estimate answers \
         for it.",
    )
    .with_default("5000"),
    Setting::new(
        "LYNKR_STREAM_IDLE_TIMEOUT_MS",
        "upstream.stream_idle_timeout",
        Kind::Milliseconds,
        "How long a provider may stay silent within a streamed answer.",
    )
    .with_default("90000"),
    Setting::new(
        "LYNKR_MAX_ANSWER_BYTES",
        "upstream.max_answer",
        Kind::Bytes,
        "The largest answer of a provider that is read as a whole; a larger one is answered with 502. Streams are \
         not counted.",
    )
    .with_default("256mb"),
    Setting::new(
        "LYNKR_ANSWER_TIMEOUT_MS",
        "upstream.answer_timeout",
        Kind::Milliseconds,
        "How long a provider's whole answer may take from its head to its end, however steadily it comes. Streams \
         may take as long as they take.",
    )
    .with_default("3600000"),
    Setting::new(
        "API_RETRY_MAX_RETRIES",
        "upstream.max_retries",
        Kind::Integer { min: 0, max: 10 },
        "How often a request is sent again after a failure that may pass. Nothing is sent again once the \
         client has seen the first byte of an answer.",
    )
    .with_default("3"),
    Setting::new(
        "API_RETRY_INITIAL_DELAY",
        "upstream.retry_initial_delay",
        Kind::Milliseconds,
        "The wait before a request is sent again for the first time. It doubles each time, and up to a quarter of it \
         is added by chance.",
    )
    .with_default("1000"),
    Setting::new(
        "API_RETRY_MAX_DELAY",
        "upstream.retry_max_delay",
        Kind::Milliseconds,
        "The longest wait before sending again. A provider that asks for more (`Retry-After`) gets its answer passed \
         on instead.",
    )
    .with_default("30000"),
    Setting::new(
        "CIRCUIT_BREAKER_FAILURE_THRESHOLD",
        "upstream.breaker.failures",
        Kind::Integer { min: 1, max: 1_000_000 },
        "Failures in a row after which a provider, or one model of it, is not asked for a while. Only its own \
         failures count, not a client's.",
    )
    .with_default("5"),
    Setting::new(
        "CIRCUIT_BREAKER_SUCCESS_THRESHOLD",
        "upstream.breaker.successes",
        Kind::Integer { min: 1, max: 1_000_000 },
        "Successes in a row after which it is asked as before.",
    )
    .with_default("2"),
    Setting::new(
        "CIRCUIT_BREAKER_TIMEOUT",
        "upstream.breaker.rest",
        Kind::Milliseconds,
        "How long it isn't asked before single requests try whether it works again.",
    )
    .with_default("60000"),
    Setting::new(
        "HOT_RELOAD_ENABLED",
        "reload.watch",
        Kind::Bool,
        "Whether changes of the configuration's files count at once. `POST /v1/admin/reload` and SIGHUP read them anew \
         in any case.",
    )
    .with_default("true"),
    Setting::new(
        "HOT_RELOAD_DEBOUNCE_MS",
        "reload.debounce",
        Kind::Milliseconds,
        "How long the files must be left alone before they are read anew.",
    )
    .with_default("1000"),
    Setting::new(
        "LYNKR_TEST_RESOLVE",
        "upstream.test_resolve",
        Kind::Pairs,
        "For tests of the gateway itself: `host=address:port` pairs that count instead of the system's answer. \
         Certificates are checked all the same. Release builds refuse it, and so does every build from a \
         project's own `.env`.",
    ),
    Setting::new(
        "LYNKR_TEST_DATABASE_PAGES",
        "state.test_database_pages",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        "For tests of the gateway itself: the SQLite file is full at so many pages. Release builds refuse it, and so does \
         every build from a project's own `.env`.",
    ),
    Setting::new("LOG_LEVEL", "log.level", Kind::Choice(LEVELS), "How much is logged.").with_default("info"),
    Setting::new(
        "LOG_FORMAT",
        "log.format",
        Kind::Choice(&["auto", "json", "text"]),
        "`json` or readable `text`; `auto` is text on a terminal and JSON elsewhere.",
    )
    .with_default("auto"),
    Setting::new("LOG_FILE_ENABLED", "log.file.enabled", Kind::Bool, "Whether log files are written as well, as JSON.")
        .with_default("false"),
    Setting::new(
        "LOG_FILE_PATH",
        "log.file.path",
        Kind::Path,
        "Where they lie; the time is put before the extension. Unset, `logs/lynkr.log` in the state folder.",
    ),
    Setting::new("LOG_FILE_LEVEL", "log.file.level", Kind::Choice(LEVELS), "How much is logged there.")
        .with_default("debug"),
    Setting::new(
        "LOG_FILE_FREQUENCY",
        "log.file.frequency",
        Kind::Choice(&["daily", "hourly", "never"]),
        "When the next file is begun, by UTC.",
    )
    .with_default("daily"),
    Setting::new(
        "LOG_FILE_MAX_FILES",
        "log.file.max_files",
        Kind::Integer { min: 1, max: 10_000 },
        "How many files are kept.",
    )
    .with_default("14"),
    Setting::new(
        "LYNKR_WRAP_SHOW_STATS",
        "wrap.show_stats",
        Kind::Bool,
        "Whether `lynkr wrap` says at the end of a client that ended well what its session took.",
    )
    .with_default("true"),
    Setting::new(
        "REQUEST_LOGGING_ENABLED",
        "log.requests",
        Kind::Bool,
        "Whether there is a line for each request.",
    )
    .with_default("true"),
    Setting::new("METRICS_ENABLED", "server.metrics", Kind::Bool, "Whether `/metrics` and what is below it is served.")
        .with_default("true"),
    Setting::new(
        "HEALTH_CHECK_ENABLED",
        "server.health",
        Kind::Bool,
        "Whether `/health/live` and `/health/ready` are served.",
    )
    .with_default("true"),
    Setting::new(
        "LYNKR_BUILTIN_SCENARIO",
        "builtin.scenario",
        Kind::Path,
        "A file of scripted answers for the builtin provider.",
    ),
    Setting::new(
        "LYNKR_BUILTIN_PACE_MS",
        "builtin.pace",
        Kind::Milliseconds,
        "How long the builtin provider waits between the pieces of a streamed answer.",
    )
    .with_default("0"),
];
