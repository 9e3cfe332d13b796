import { checkedWords, type Flags } from '../common/commandFlags.ts';
import { UsageError } from '../common/usageError.ts';
import type { Command, CommandContext } from './commandLine.ts';
import type { Sizing } from './parameters.ts';
import { addPaymentEnvironment } from './paymentProvider.ts';
import type { Template } from './preflight/compiledTemplate.ts';
import { addStockEnvironment } from './stock/environment.ts';

interface Utilities {
  log: { notice: (text: string) => void };
  progress: { get: (name: string) => { update: (text: string) => void; remove: () => void } };
  writeText: (text: string) => void;
}

interface Framework {
  service: {
    provider: { region: string; stage: string; compiledCloudFormationTemplate?: Template };
    custom?: { preflight?: unknown; sizing?: Pick<Sizing, 'stock' | 'paymentApi'> };
    functions: Record<string, { environment?: object }>;
  };
  pluginManager: { spawn: (command: string) => Promise<void> };
  classes: { Error: new (message: string, code: string) => Error };
}

const CANNOT_ASK = 2;

const COMMON_OPTIONS: Flags = {
  json: { usage: 'Print one JSON document', type: 'boolean' },
  'ready-file': {
    usage: 'Ready file of a local service (stage local: .local/ready.json)',
    type: 'string',
  },
};

const WORKERS = {
  usage: [
    'Show how many orders the queue workers take at a time, or change it',
    '  sls workers 20 --stage local         twenty workers from now on',
    '  sls workers 1 --stage prod --dry-run what would be called',
    '  sls workers --stage prod --json      what is in force',
    '  sls workers --pause --stage local    the queue keeps its orders; --resume',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    count: { usage: 'Number of workers, as an option', type: 'string' },
    'batch-size': {
      usage: 'Orders that one worker pays at a time (default: as it is)',
      type: 'string',
    },
    'dry-run': { usage: 'Show the calls and make none', type: 'boolean' },
    pause: { usage: 'Take no more orders from the queue', type: 'boolean' },
    resume: { usage: 'Take orders from the queue again', type: 'boolean' },
    yes: { usage: 'Do not ask', type: 'boolean' },
    ...COMMON_OPTIONS,
  } satisfies Flags,
};

const RECONCILE = {
  usage: [
    'Prove that every order has one end and was charged at most once; exit 1 names those that break a rule',
    '  sls reconcile --stage local',
    '  sls reconcile --stage prod --accepted accepted.txt --wait 300 --json',
    'Exit 0 with settled: false means that no rule is broken so far, and something was still on its way at the end of',
    '--wait. Orders still on their way break no rule; stderr says that there were some. Run it again for a final answer.',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    accepted: {
      usage:
        'File of order ids that were accepted: one a line, a JSON array, or JSON lines with order_id (a REQUEST_LOG)',
      type: 'string',
    },
    wait: {
      usage: 'Seconds that a moving stage may take to settle (default 60)',
      type: 'string',
    },
    ...COMMON_OPTIONS,
  } satisfies Flags,
};

const STOCK = {
  usage: [
    'Show what is free, held and sold of each item with a stock, or give an item a stock (STOCK=on)',
    '  sls stock list --stage local           every item',
    '  sls stock set lamp 500 --stage local   500 units of lamp, more or fewer than it has now',
    '  sls stock set lamp 500 --stage prod --dry-run',
    'A stock is never lowered below what is held or sold. An item that was never given one is sold without limit.',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    'dry-run': { usage: 'Show what would be written, and write nothing', type: 'boolean' },
    yes: { usage: 'Do not ask', type: 'boolean' },
    ...COMMON_OPTIONS,
  } satisfies Flags,
};

const DLQ = {
  usage: [
    'Show why messages were given up, and send them back or discard them',
    '  sls dlq list --stage local                       the causes, with orders and money held',
    '  sls dlq list --cause 3fa2b1                      the messages of one cause; a part of its text does too',
    '  sls dlq show ord_...                             every attempt of an order or a message, the newest first',
    '  sls dlq redrive --cause 3fa2b1 --dry-run         what would be done',
    '  sls dlq redrive --older-than 1h --rate 20        publishes open orders again, then deletes their messages',
    '  sls dlq discard --order ord_... --reason "..."   cancels orders whose charge was not begun, then deletes',
    '  sls dlq export > letters.jsonl                   everything known of each, one JSON document a line',
    '  sls dlq log                                      who did what, and when',
    'A redrive can be interrupted at any moment and run again: no order is charged twice. Messages that are no order of',
    'ours are never sent back. Exit 1: nothing was found, not agreed to, or some were kept.',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    cause: { usage: "A cause's id, or a part of its text", type: 'string' },
    order: { usage: 'The id of an order, or of a message', type: 'string' },
    'older-than': { usage: 'Sent longer ago than this age: 90s, 15m, 2h, 1d', type: 'string' },
    'newer-than': { usage: 'Sent within this age', type: 'string' },
    rate: { usage: 'Orders a second (default 50)', type: 'string' },
    reason: { usage: 'Why messages are discarded', type: 'string' },
    'dry-run': { usage: 'Show what would be done, and do nothing', type: 'boolean' },
    yes: { usage: 'Do not ask', type: 'boolean' },
    ...COMMON_OPTIONS,
  } satisfies Flags,
};

const ORDERS = {
  usage: [
    'Print every order as its buyer sees it',
    '  sls orders export --stage prod > orders.jsonl          one JSON document a line',
    '  sls orders export --stage prod --format csv > orders.csv  for a spreadsheet; items as JSON',
    '  sls orders export --status completed',
    'It reads the whole table, a page at a time. Exit 1: rows that are no order were left out.',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    format: { usage: 'jsonl (default) or csv', type: 'string' },
    status: { usage: 'Only orders with this status', type: 'string' },
    ...COMMON_OPTIONS,
  } satisfies Flags,
};

const BREAKER = {
  usage: [
    'Show whether charges are tried, and stop or allow them by hand',
    '  sls breaker --stage prod         as it stands',
    '  sls breaker open --stage prod    no charge is tried until somebody says otherwise',
    '  sls breaker close --stage prod   every charge is tried, whatever becomes of it',
    '  sls breaker auto --stage prod    it opens in an outage of the payment provider, and closes by itself',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: { yes: { usage: 'Do not ask', type: 'boolean' }, ...COMMON_OPTIONS } satisfies Flags,
};

const STATUS = {
  usage: [
    'Show how a stage does on one screen: orders, queue, rates, workers, dead letters, throttles',
    '  sls status --stage local',
    '  sls status --stage prod --watch    again every two seconds, until Ctrl-C',
    "On AWS counts and rates are CloudWatch's, whole minutes that are a minute or two old.",
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    watch: { usage: 'Show it again every two seconds', type: 'boolean' },
    ...COMMON_OPTIONS,
  } satisfies Flags,
};

const PLAN = {
  usage: [
    'Foresee a sale: what is accepted, refused and paid, how long the queue gets, what gives way first, and what it costs',
    '  sls plan --rate 60 --duration 15m                the stage as its parameters are',
    '  sls plan --rate 200 --done-within 60s            the least workers that have paid everything a minute later',
    '  sls plan --rate closed:20 --way sync             twenty buyers who come again',
    '  sls plan --rate ramp.txt --html plan.html        a profile: lines of a second and the orders a second then',
    '  sls plan --rate 60 --way direct --quota 10 --duration 1h',
    'It asks no stage and no account: the runtime itself runs on a virtual clock, with functions that are models.',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    rate: {
      usage:
        'Orders a second (60), 3600/min, closed:BUYERS, closed:BUYERS:FROM-TO (their wait), or a file: a profile, or a requests-*.jsonl of a sale',
      type: 'string',
    },
    duration: { usage: 'How long orders come: 90s, 15m, 1h (60s)', type: 'string' },
    way: { usage: 'queued, direct or sync (ASYNC_WAY)', type: 'string' },
    payment: {
      usage: 'Seconds of a payment: 3, evenly 2..4, or log-normal p50:3,p99:8 (PAYMENT_SECONDS)',
      type: 'string',
    },
    workers: { usage: 'Workers (WORKER_COUNT)', type: 'string' },
    batch: { usage: 'Orders that a worker pays at a time (BATCH_SIZE)', type: 'string' },
    memory: { usage: 'MB of every function (MEMORY_MB)', type: 'string' },
    quota: { usage: "The account's concurrent executions (1000)", type: 'string' },
    polls: { usage: 'Times that a buyer looks the order up (0)', type: 'string' },
    pollers: { usage: 'Event pollers of a mapping in provisioned mode', type: 'string' },
    faults: {
      usage: 'Shares of charges that go wrong, as in PAYMENT_FAULTS: {"decline":0.1,"before":0.05}',
      type: 'string',
    },
    seed: { usage: 'Of all that is drawn by lot (1)', type: 'string' },
    'done-within': {
      usage: 'Find the least workers that have paid the last order so soon after it came: 60s',
      type: 'string',
    },
    html: { usage: 'Write the plan to this file too, as a page', type: 'string' },
    json: { usage: 'Print one JSON document', type: 'boolean' },
  } satisfies Flags,
};

const PREFLIGHT = {
  usage: [
    'Hold the compiled template, and the account of the credentials at hand, against the rules of AWS that would cost',
    'orders; exit 1 when one is broken',
    '  sls preflight --stage prod',
    '  sls preflight --list                  every rule',
    '  sls preflight --explain few-receives  what a rule demands, costs, and where AWS says so',
    'It runs before sls deploy and stops what cannot work; sls deploy --skip-preflight goes on all the same.',
  ].join('\n'),
  lifecycleEvents: ['run'],
  options: {
    list: { usage: 'List the rules', type: 'boolean' },
    explain: { usage: 'Explain a rule', type: 'string' },
    json: { usage: 'Print one JSON document', type: 'boolean' },
  } satisfies Flags,
};

/** The operator's commands on any stage. */
export default class OpsPlugin {
  readonly commands;
  readonly hooks;
  readonly #framework: Framework;
  readonly #options: CommandContext['options'];
  readonly #utilities: Utilities;
  readonly #words = [
    ...checkedWords('workers', WORKERS.options, { mostWords: 1, exitStatus: CANNOT_ASK }),
    ...checkedWords('reconcile', RECONCILE.options, { exitStatus: CANNOT_ASK }),
    ...checkedWords('plan', PLAN.options, { exitStatus: CANNOT_ASK }),
    ...checkedWords('preflight', PREFLIGHT.options, { exitStatus: CANNOT_ASK }),
    ...checkedWords('breaker', BREAKER.options, { mostWords: 1, exitStatus: CANNOT_ASK }),
    ...checkedWords('status', STATUS.options, { exitStatus: CANNOT_ASK }),
    ...checkedWords('dlq', DLQ.options, { mostWords: 2, exitStatus: CANNOT_ASK }),
    ...checkedWords('orders', ORDERS.options, { mostWords: 1, exitStatus: CANNOT_ASK }),
    ...checkedWords('stock', STOCK.options, { mostWords: 3, exitStatus: CANNOT_ASK }),
  ];

  constructor(framework: Framework, options: CommandContext['options'], utilities: Utilities) {
    this.#framework = framework;
    this.#options = options;
    this.#utilities = utilities;
    const workers = async () =>
      this.#run((await import('./workers/workersCommand.ts')).workersCommand);
    const reconcile = async () =>
      this.#run((await import('./reconciliation/reconcileCommand.ts')).reconcileCommand);
    const stock = async () => this.#run((await import('./stock/stockCommand.ts')).stockCommand);
    const status = async () => this.#run((await import('./status/statusCommand.ts')).statusCommand);
    const breaker = async () => this.#run((await import('./breaker.ts')).breakerCommand);
    const orders = async () => this.#run((await import('./orders/ordersCommand.ts')).ordersCommand);
    const dlq = async () => this.#run((await import('./deadLetters/dlqCommand.ts')).dlqCommand);
    this.commands = {
      workers: { ...WORKERS, commands: this.#wordCommands('workers', WORKERS) },
      reconcile: RECONCILE,
      stock: { ...STOCK, commands: this.#wordCommands('stock', STOCK) },
      breaker: { ...BREAKER, commands: this.#wordCommands('breaker', BREAKER) },
      status: STATUS,
      orders: { ...ORDERS, commands: this.#wordCommands('orders', ORDERS) },
      dlq: { ...DLQ, commands: this.#wordCommands('dlq', DLQ) },
      plan: PLAN,
      preflight: PREFLIGHT,
      deploy: {
        options: {
          'skip-preflight': { usage: 'Deploy what sls preflight refuses', type: 'boolean' },
        },
      },
    };
    this.hooks = {
      'workers:run': workers,
      [`workers:${this.#words[0]}:run`]: workers,
      'reconcile:run': reconcile,
      'stock:run': stock,
      [`stock:${this.#words.join(':')}:run`]: stock,
      'breaker:run': breaker,
      [`breaker:${this.#words[0]}:run`]: breaker,
      'status:run': status,
      'orders:run': orders,
      [`orders:${this.#words[0]}:run`]: orders,
      'dlq:run': dlq,
      [`dlq:${this.#words.join(':')}:run`]: dlq,
      // Before the manifest is compiled: an environment variable cannot be left out by a variable of the manifest.
      initialize: () => {
        addStockEnvironment(this.#framework.service);
        addPaymentEnvironment(this.#framework.service);
      },
      'plan:run': () => this.#plan(),
      'preflight:run': () => this.#preflight(),
      'before:aws:deploy:deploy:createStack': () => this.#judgeBeforeDeploy(),
      'before:invoke:invoke': () => this.#findLocalService(),
    };
  }

  /** The framework takes every word before the first option for a command: `sls workers 20` needs one named 20. */
  #wordCommands<T extends object>(name: string, command: T): Record<string, object> {
    if (process.argv[2] !== name) return {};
    return this.#words.reduceRight<Record<string, object>>(
      (commands, word) => ({ [word]: { ...command, commands } }),
      {},
    );
  }

  async #preflight(): Promise<void> {
    const { preflight, tellRules } = await import('./preflight/preflightCommand.ts');
    const { list, explain, json } = this.#options;
    const asked = {
      list: list === true,
      json: json === true,
      ...(typeof explain === 'string' && { explain }),
    };
    try {
      const rules = tellRules(asked);
      if (rules !== undefined) return this.#utilities.writeText(rules);
      await this.#framework.pluginManager.spawn('package');
      const { isGood, text } = await preflight(this.#template(), this.#preflightPlace(), asked);
      this.#utilities.writeText(text);
      if (!isGood) process.exitCode = 1;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#utilities.log.notice(error.message);
      process.exitCode = CANNOT_ASK;
    }
  }

  async #plan(): Promise<void> {
    const { planCommand } = await import('../simulation/plan/planCommand.ts');
    const { stage, region } = this.#framework.service.provider;
    const { log, writeText } = this.#utilities;
    const progress = this.#utilities.progress.get('ops');
    process.exitCode = await planCommand({
      options: this.#options,
      stage,
      region: typeof this.#options.region === 'string' ? this.#options.region : region,
      environment: process.env,
      print: (text) => {
        progress.remove();
        writeText(text);
      },
      tell: (text) => log.notice(text),
      progress: (text) => progress.update(text),
    });
    progress.remove();
  }

  /** Before anything is uploaded or made. */
  async #judgeBeforeDeploy(): Promise<void> {
    if (this.#options['skip-preflight'] === true) return;
    const { preflight } = await import('./preflight/preflightCommand.ts');
    const { isGood, text } = await preflight(this.#template(), this.#preflightPlace());
    if (isGood) return;
    throw new this.#framework.classes.Error(
      `${text}Nothing was deployed. Mend it, suppress a rule with a reason (custom.preflight.suppress), or deploy with --skip-preflight.`,
      'PREFLIGHT',
    );
  }

  #template(): Template {
    return this.#framework.service.provider.compiledCloudFormationTemplate ?? { Resources: {} };
  }

  #preflightPlace() {
    this.#useProfile();
    const { custom, provider } = this.#framework.service;
    const { log } = this.#utilities;
    return {
      settings: custom?.preflight,
      region: provider.region,
      tell: (text: string) => log.notice(text),
    };
  }

  #useProfile(): void {
    const { 'aws-profile': profile } = this.#options;
    if (typeof profile === 'string') process.env.AWS_PROFILE = profile;
  }

  /** The framework's own `sls invoke --stage local` asks the local service, not AWS. */
  async #findLocalService(): Promise<void> {
    if (this.#framework.service.provider.stage !== 'local') return;
    const { useLocalEndpoints } = await import('./localEndpoints.ts');
    const { CannotAskError } = await import('./stage.ts');
    try {
      useLocalEndpoints(process.env);
    } catch (error) {
      if (!(error instanceof CannotAskError)) throw error;
      throw new this.#framework.classes.Error(error.message, 'NO_LOCAL_SERVICE');
    }
  }

  async #run(command: Command): Promise<void> {
    const { runOnStage } = await import('./commandLine.ts');
    const { provider } = this.#framework.service;
    const { log, writeText } = this.#utilities;
    const progress = this.#utilities.progress.get('ops');
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort());
    this.#useProfile();
    const context: CommandContext = {
      options: this.#options,
      words: this.#words,
      stage: provider.stage,
      region: provider.region,
      print: (text) => {
        progress.remove();
        writeText(text);
      },
      tell: (text) => log.notice(text),
      progress: (text) => progress.update(text),
      isTerminal: process.stdin.isTTY === true,
      signal: interrupted.signal,
    };
    process.exitCode = await runOnStage(context, command);
    progress.remove();
  }
}
