const ADDRESS = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/;
const OWN = /^(127\.|0\.0\.0\.0$|::1$|::$|::ffff:127\.)/;

/** The addresses off this machine that a trace of system calls shows somebody asked for, once for each call. */
export function attemptsIn(trace: string): string[] {
  return trace.split('\n').flatMap((line) => {
    const [, v4, v6] = ADDRESS.exec(line) ?? [];
    const address = v4 ?? v6;
    return address === undefined || OWN.test(address) ? [] : [address];
  });
}
