import path from 'node:path';
import { checkedWords } from '../common/commandFlags.ts';
import { faultText } from '../common/usageError.ts';
import { loadEmulators } from './emulators/emulatorThread.ts';
import { useOwnTemporaryFolder } from './folders.ts';
import { type AwsProvider, answerVariables } from './framework/frameworkVariables.ts';
import {
  addArtifacts,
  copyPackage,
  PACKAGING_FOR_LOCAL,
  PACKAGING_LIMIT_MS,
  packageAgain,
  packageFlags,
} from './framework/packaging.ts';
import { PackagingTurn } from './framework/packagingTurn.ts';
import { checkManifestOnce, type ManifestSchema } from './framework/validManifest.ts';
import { LOCAL_OPTIONS, readOptions } from './options.ts';

interface FrameworkUtilities {
  log: { error: (text: string) => void; notice: (text: string) => void };
  progress: { get: (name: string) => { update: (text: string) => void; remove: () => void } };
  writeText: (text: string) => void;
}

interface StackParameter {
  ParameterKey: string;
  ParameterValue?: string;
}

interface Framework {
  service: {
    service: string;
    provider: { region: string; stage: string; stackParameters?: StackParameter[] };
    package?: { artifact?: string };
    functions?: Record<string, { package?: { artifact?: string } }>;
    custom?: { consolePanels?: string };
    configValidationMode?: string;
  };
  version: string;
  configSchemaHandler: ManifestSchema;
  getProvider: (name: 'aws') => AwsProvider;
  configurationInput: { custom?: { esbuild?: object } };
  serviceDir: string;
  pluginManager: { spawn: (command: string) => Promise<void> };
}

/** `sls local`: packages the service as for a deployment, then runs the template and the zips on this machine. */
export default class LocalPlugin {
  readonly commands = {
    local: {
      usage: 'Take orders on this machine: the compiled template and its zips, with no AWS account',
      lifecycleEvents: ['run'],
      options: LOCAL_OPTIONS,
    },
  };
  readonly hooks = {
    'local:run': () => this.run(),
    'before:package:cleanup': () => this.#beforePackaging(),
    'before:deploy:function:initialize': () => this.#beforePackaging(),
  };

  readonly #serverless: Framework;
  readonly #flags: Record<string, unknown>;
  readonly #utilities: FrameworkUtilities;
  readonly #turn: PackagingTurn;

  constructor(
    serverless: Framework,
    flags: Record<string, unknown>,
    utilities: FrameworkUtilities,
  ) {
    this.#serverless = serverless;
    this.#flags = flags;
    this.#utilities = utilities;
    this.#turn = new PackagingTurn(serverless.serviceDir);
    checkedWords('local', LOCAL_OPTIONS);
    const isLocal = process.argv[2] === 'local';
    if (isLocal) {
      silenceBundler(serverless.configurationInput);
      loadEmulators();
      rememberCheck(serverless);
    }
    if (isLocal || process.env[PACKAGING_FOR_LOCAL] !== undefined)
      answerVariables(serverless.getProvider('aws'));
  }

  /** Ends the process: what packages in it cannot be broken off. */
  async run(): Promise<void> {
    const { serviceDir } = this.#serverless;
    const { service, provider, custom: { consolePanels } = {} } = this.#serverless.service;
    const progress = this.#utilities.progress.get('local');
    try {
      const options = readOptions(this.#flags, process.env);
      // It waits for the bundler most of the time: the rest is loaded meanwhile.
      const packaging = this.#package();
      packaging.catch(() => {});
      const { openConsole } = await import('../console/openConsole.ts');
      const { runLocally } = await import('./runLocally.ts');
      const status = await runLocally({
        options,
        service,
        console: openConsole(consolePanels && path.resolve(serviceDir, consolePanels)),
        stage: provider.stage,
        region: provider.region,
        serviceDirectory: serviceDir,
        stackParameters: Object.fromEntries(
          (provider.stackParameters ?? []).flatMap(({ ParameterKey, ParameterValue }) =>
            ParameterValue === undefined ? [] : [[ParameterKey, String(ParameterValue)]],
          ),
        ),
        packageService: () => packaging,
        packageAgain: async (folder, signal) => {
          await packageAgain(serviceDir, packageFlags(provider.stage, this.#flags), folder, signal);
          addArtifacts(serviceDir, this.#artifacts(), folder);
        },
        onStep: (step) => progress.update(step),
        print: (text) => {
          progress.remove();
          this.#utilities.writeText(text);
        },
      });
      process.exit(status);
    } catch (error) {
      progress.remove();
      process.stderr.write(`${faultText(error)}\n`);
      process.exit(1);
    }
  }

  async #package(): Promise<string> {
    await this.#serverless.pluginManager.spawn('package');
    const folder = copyPackage(this.#serverless.serviceDir, this.#artifacts());
    this.#turn.giveBack();
    return folder;
  }

  async #beforePackaging(): Promise<void> {
    useOwnTemporaryFolder();
    const progress = this.#utilities.progress.get('packaging');
    await this.#turn.take(5 * PACKAGING_LIMIT_MS, (text) => progress.update(text));
    progress.remove();
  }

  #artifacts(): string[] {
    const { functions = {}, package: whole } = this.#serverless.service;
    const packages = [whole, ...Object.values(functions).map((one) => one.package)];
    return packages.flatMap((one) => one?.artifact ?? []);
  }
}

/** What it throws names the place. `sls package`, which waits for ever after such a fault, has to have it printed. */
function silenceBundler(manifest: Framework['configurationInput']): void {
  manifest.custom = {
    ...manifest.custom,
    esbuild: { logLevel: 'silent', ...manifest.custom?.esbuild },
  };
}

/** Where what is not valid is a warning, it is to be seen at each start. */
function rememberCheck({ service, version, serviceDir, configSchemaHandler }: Framework): void {
  if (service.configValidationMode !== 'error') return;
  const file = path.join(serviceDir, '.local', 'valid-manifest.json');
  checkManifestOnce(configSchemaHandler, version, file);
}

/** What `require` gives: the framework of version 3 takes plugins so. */
export { LocalPlugin as 'module.exports' };
