interface Framework {
  service: {
    provider: {
      compiledCloudFormationTemplate: {
        Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
      };
    };
  };
}
interface Utilities {
  log: { notice: (text: string) => void };
}

/**
 * The framework's plugin for MiniStack, whose CloudFormation refuses the whole stack for an alarm on metric math
 * (`watching.ts` holds that it still does). Everything else is deployed.
 */
export default class LeaveOutMetricMath {
  readonly hooks = {
    'after:aws:package:finalize:mergeCustomProviderResources': () => this.#leaveOut(),
  };
  readonly #framework: Framework;
  readonly #utilities: Utilities;

  constructor(framework: Framework, _options: unknown, utilities: Utilities) {
    this.#framework = framework;
    this.#utilities = utilities;
  }

  #leaveOut(): void {
    const { Resources } = this.#framework.service.provider.compiledCloudFormationTemplate;
    const refused = Object.entries(Resources)
      .filter(([, { Type, Properties = {} }]) => Type === ALARM && 'Metrics' in Properties)
      .map(([id]) => id);
    for (const id of refused) delete Resources[id];
    this.#utilities.log.notice(`Left out, as MiniStack refuses metric math: ${refused.join(', ')}`);
  }
}

const ALARM = 'AWS::CloudWatch::Alarm';
