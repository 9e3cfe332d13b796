import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** In slices, as Linux hands it out; the finer the slice, the shorter the longest pause. */
const PERIOD_US = 20_000;

const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** A control group that holds processes to a share of a core; undefined where the machine lets nobody make one. */
export function cpuQuota(name: string, share: number) {
  const quotaUs = Math.round(PERIOD_US * share);
  const isV2 = existsSync(path.join(V2, 'cgroup.controllers'));
  const folder = path.join(isV2 ? V2 : V1, `flash-sale-${process.pid}-${name}`);
  try {
    if (isV2) writeFileSync(path.join(V2, 'cgroup.subtree_control'), '+cpu');
    mkdirSync(folder);
    if (isV2) writeFileSync(path.join(folder, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
    else {
      writeFileSync(path.join(folder, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(path.join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
    }
  } catch {
    if (existsSync(folder)) rmdirSync(folder);
    return undefined;
  }
  return {
    hold: (pid: number) => writeFileSync(path.join(folder, 'cgroup.procs'), String(pid)),
    /** Once its processes are gone. */
    remove: () => rmdirSync(folder),
  };
}
