//! Groups of words that say the same about a request: named, so that a score can be explained, and in several
//! languages, so that the model needs few examples of each.
//!
//! A `*` ends a stem: every word that begins so counts. Two words in a row are a phrase. What a group weighs is learned.

/// A group of words.
#[derive(Debug)]
pub(super) struct Group {
    /// How an explanation names it.
    pub(super) name: &'static str,
    /// Its words, stems and phrases in lower case, between spaces or, for phrases, with `_`.
    pub(super) words: &'static str,
}

const fn group(name: &'static str, words: &'static str) -> Group {
    Group { name, words }
}

/// The groups. The order is part of the model: what changes here needs a new training.
pub(super) const GROUPS: [Group; 40] = [
    group(
        "greeting",
        "hi hello hey heya yo howdy greetings hallo moin servus salut bonjour hola buenos ciao olá morning evening welcome 你好 早上好 こんにちは nice_to good_to",
    ),
    group(
        "thanks or consent",
        "thanks thank thx cheers danke merci gracias 谢谢 yes yep yeah ja oui sí ok okay sure great perfect cool awesome nice lgtm brilliant understood alright 好的 是的 go_ahead sounds_good",
    ),
    group(
        "question of fact",
        "who when where whose which wer wann wo welche* qui quand où quel quelle* quién cuándo dónde cuál* 谁 哪 何 qual what_is whats what_does how_many how_much how_old how_tall was_ist qué_significa 是什么 什么意思",
    ),
    group(
        "asked for briefly",
        "briefly brief short shortly quick quickly one_sentence one_line two_sentences few_words one_word simply kurz ganz_kurz",
    ),
    group(
        "meaning of a word",
        "mean means stands stand_for definition define synonym* plural spelled spell pronounce* called term acronym abbreviation heißt significa signifie 意思 noun rhymes translate translat*",
    ),
    group(
        "small talk",
        "joke* poem haiku limerick song emoji cat cats dog weather birthday favourite favorite name_for fun kidding lol haha ascii",
    ),
    group(
        "tiny edit",
        "typo* spelling misspelled rename capitalize lowercase uppercase bump undo uncomment indent renombra benenne tippfehler faute ortografía swap_the set change_the 改成",
    ),
    group(
        "label or wording",
        "label* heading headline title titel titre título footer menu caption wording word words sentence text placeholder link color colour couleur font button bouton logo icon",
    ),
    group(
        "tiny command",
        "show list open read print display cat run rerun build start stop close save count zeig montre* muestra* muéstr* 列出 显示",
    ),
    group(
        "write code",
        "write implement* create* add build make give generate schreib* erstell* füge écris crée ajoute escribe crea añade agrega 写 实现 添加 编写 напиши scrivi 書いて need_a",
    ),
    group(
        "explain",
        "explain* describe summarize summarise walk understand work works erklär* expliqu* explica* 解释 説明 document difference example examples beispiel* ejemplo exemple",
    ),
    group(
        "fix",
        "fix fixes fixed repair* debug* solve broken bug bugs wrong crash* fail* failing error errors exception throws panic beheb* reparier* fehler corrige* arregl* 修复 修一下 报错 corrig* doesnt undefined",
    ),
    group(
        "find the cause",
        "diagnos* investigat* root_cause cause track_down trace triage reproduce bisect isolate corner figure_out find_out what_could hunt locate ursache 定位 原因",
    ),
    group(
        "look at code",
        "review* check look inspect* mistakes improvements prüf* revis* edge_cases corner_cases odd_input trip what_happens could_go goes_wrong",
    ),
    group(
        "rework",
        "refactor* restructur* rework* rewrit* overhaul* migrat* port convert modernis* moderniz* untangl* consolidat* unify replac* extract split reorganis* reorganiz* redo upgrade* decoupl* modulari* refaktor* umbau* stelle reestructur* 重构 迁移",
    ),
    group(
        "everything",
        "entire whole all every everything everywhere across complete* throughout codebase each gesamte* komplett* ganze* tout toute todo todos toda completa completo entera 整个 所有 全部 end_to thoroughly project-wide",
    ),
    group(
        "many parts",
        "modules services layers endpoints controllers repositories components packages callers files screens stages teams regions stack backend frontend mobile database monolith microservice* monorepo pipeline pipelines interfaces services",
    ),
    group(
        "design",
        "design* architect* propos* structur* strategy plan planning approach blueprint entwirf* conçois diseña* 设计 架构 model schema sketch organis* put_together",
    ),
    group(
        "weigh",
        "compare* comparison weigh* trade tradeoff* pros cons versus vs against evaluat* assess* consequences risks alternatives better should_we whether choose vergleich* abwäg* 比较 优缺点 recommend critical* critically",
    ),
    group(
        "step by step",
        "step_by steps stages first then after afterwards finally phase* one_after one_by gradually incremental* schritt* étape* paso*",
    ),
    group(
        "concurrency",
        "race races deadlock* concurren* thread* multithread* mutex* lock locks locking atomic* interleav* parallel* goroutine* async semaphore* synchroniz* synchronis* lock_free wait_free condition 死锁 多线程 并发",
    ),
    group(
        "distributed systems",
        "distributed replic* consensus raft paxos quorum* partition* shard* failover kafka rabbitmq nats cluster* node nodes leader election gossip byzantine* eventual* consistency consistent geo multi_region region 分布式 共识",
    ),
    group(
        "strong guarantees",
        "linearizab* linearisab* serializab* serialisab* exactly_once idempoten* invariant* liveness safety wait_free lock_free crdt* fencing snapshot* isolation causal* monotonic* ordering orderings hazard convergen* converge",
    ),
    group(
        "attack and defence",
        "vulnerab* exploit* attack* threat* penetration pentest* injection forged escalation hardening harden* sandbox* reentran* csrf xss ssrf side_channel* takeover tamper* spoof* mitigat* stride malicious adversar* 漏洞 攻击 安全",
    ),
    group(
        "audit",
        "audit* sicherheitsaudit forensic* compliance security_review security_audit threat_model threat_modelling review_of 审计",
    ),
    group(
        "accounts and money",
        "auth authentication authorization authoris* login logins logout signin signup sign_in sign_up session sessions token tokens jwt oauth saml password* credential* permission* rbac payment* billing invoice* refund* charge* checkout tenant* subscription* wallet bank banking account accounts anmeld* connexion 登录 权限 支付 认证",
    ),
    group(
        "cryptography",
        "crypto* cipher* encrypt* decrypt* signature* signing key_exchange forward_secrecy zero_knowledge constant_time hash_function entropy",
    ),
    group(
        "proof",
        "prove* proof* proving theorem* lemma* rigorous* formal* induction counterexample* contradiction corollary conjecture* axiom* beweis* démontr* prouv* demuestra* demostr* 证明 докажи soundness completeness verify_the disprove justify justified argue argument",
    ),
    group(
        "mathematics",
        "integral* derivative* equation* matrix matrices group groups field prime primes continuous convex compact polynomial* probabilit* expected expectation variance bias estimator* asymptotic* bound bounds optimal optimum np logarithm* recurrence* convergence numerical derive* derivation closed_form stochastic bayes* gradient",
    ),
    group(
        "formal methods",
        "tla coq lean isabelle alloy dafny specification* specify semantics type_system model_check* 形式化 linearization typing",
    ),
    group(
        "on its own",
        "autonom* independent* unattended unsupervised alone supervision yourself own_without your_own on_your without_asking ask_me asking_me asking_back dont_ask dont_stop not_stop keep_going keep_working selbstständig eigenständig 自主 独立 for_as",
    ),
    group(
        "until it is done",
        "until till iterat* repeat* rerun again loop green converges bis jusquà jusqu hasta 直到 one_by one_after passes nothing_left is_left zero_errors everything_passes",
    ),
    group(
        "tests",
        "test tests testing tested spec specs suite coverage unit_tests regression* prueba* testen jest pytest 测试 ci",
    ),
    group(
        "performance",
        "performance latency throughput profil* leak* slow slower speed* faster optimi* p99 bottleneck* memory cpu gc heap cache caching langsam lent 性能 内存 load",
    ),
    group(
        "scale",
        "million* billion* thousand* per_second requests users traffic tenfold terabyte* tb scal* availability concurrent_users 每秒",
    ),
    group(
        "now and then",
        "sometimes randomly random* intermittent* sporadic* flaky occasionally rarely nondetermin* heisenbug once_in only_under only_on only_in only_after drift* under_load production outage incident after_the 偶尔 线上",
    ),
    group(
        "engine or compiler",
        "compiler* interpreter* parser* lexer* engine engines scheduler* allocator* garbage collector runtime vm jit protocol* kernel storage_engine raytracer optimiser optimizer bytecode simulator* solver* database_engine",
    ),
    group(
        "algorithm",
        "algorithm* complexity dynamic_programming graph graphs shortest tree trees subset* np_complete heuristic* approximation greedy combinator* simplex kalman transformer neural backprop* segment_tree",
    ),
    group(
        "failure handling",
        "failure* recover* rollback backfill downtime retries retry compensation dead_letter* backpressure resum* conflict* offline sync dedup* zero_downtime robust* resilien* without_breaking",
    ),
    group(
        "product feature",
        "feature* page* form* table* endpoint* component* function* class method* script query regex column* field* modal dropdown route command flag helper fonction funktion función 函数 组件 页面",
    ),
];

/// Facts about a text's form that pair with the groups like one.
pub(super) const FORMS: [&str; 6] =
    ["is a question", "is short", "is long", "holds code", "names a file", "names several files"];

/// Groups and forms together: what can stand in a pair.
pub(super) const TRAITS: usize = GROUPS.len() + FORMS.len();
