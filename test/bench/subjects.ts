import { statSync } from 'node:fs';
import path from 'node:path';
import { createWorkspace } from '../support/workspace.ts';
import { bundleBareIntake } from './bare/bundle.ts';
import { HEALTH_EVENT, INTAKE_EVENT } from './firstEvents.ts';
import type { Subject } from './functionProcess.ts';
import { type ServedFunctions, serveFunctions } from './packaged.ts';

export interface Subjects {
  intake: Subject;
  health: Subject;
  /** Makes the same two calls of AWS as the intake: as anybody bundles it, and as this service bundles. */
  bare: Subject;
  bareAsOurs: Subject;
  zips: { key: string; bytes: number }[];
  served: ServedFunctions;
  /** For more bundles. */
  folder: string;
}

/** Runs `measure` with the packaged functions, bare ones beside them, and what all of them call. */
export async function withSubjects<Result>(
  onProgress: (text: string) => void,
  measure: (subjects: Subjects) => Promise<Result>,
): Promise<Result> {
  const workspace = createWorkspace();
  try {
    onProgress('sls package');
    const served = await serveFunctions(workspace);
    try {
      const folder = path.join(workspace.temporary, 'bare');
      const bare = await bundleBareIntake(folder);
      const packaged = (key: string, event: object): Subject => {
        const found = served.functions.find(({ model }) => model.key === key);
        if (found === undefined) throw new Error(`the service has no function ${key}`);
        const environment = { ...found.model.environment, ...served.environment };
        return { name: key, file: found.file, environment, event };
      };
      const intake = packaged('orderAsync', INTAKE_EVENT);
      return await measure({
        intake,
        health: packaged('health', HEALTH_EVENT),
        bare: { ...intake, name: 'bare handler', file: bare.usual },
        bareAsOurs: { ...intake, name: 'bare handler, our build settings', file: bare.asOurs },
        zips: served.functions.map(({ model: { key, zipPath } }) => ({
          key,
          bytes: statSync(zipPath).size,
        })),
        ...{ served, folder },
      });
    } finally {
      await served.stop();
    }
  } finally {
    workspace.remove();
  }
}
