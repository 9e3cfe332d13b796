/** `functions/x.nested.handler`: the module before the first dot of its last part, and what it exports. */
export function handlerModule(handler: string): { modulePath: string; exportPath: string } {
  const [, modulePath = '', exportPath = ''] = /^((?:.*\/)?[^/.]*)\.(.*)$/.exec(handler) ?? [];
  return { modulePath, exportPath };
}
