/** workerd's configuration for one Worker under test: its module, its bindings, and the services that stand behind them. */
import type { Settings } from './build.ts'

/** What a Worker is given beside its variables. */
export interface Services {
  /** Binding → class that the Worker exports. Durable Objects run natively and keep their state in SQLite files. */
  objects: Readonly<Record<string, string>>
  /** Folder of those files. */
  objectsFolder: string
  /** File name of the module that answers for `caches.default`: raw workerd has no Cache API of its own. */
  cacheApi: string
}

/** `module`: file name beside the configuration. `vars` become text bindings. */
export function configText(
  module: string,
  settings: Settings,
  vars: Readonly<Record<string, string>>,
  services: Services | null,
): string {
  const bindings = Object.entries(vars).map(
    ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`,
  )
  const classes = Object.entries(services?.objects ?? {})
  bindings.push(
    ...classes.map(
      ([name, className]) =>
        `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`,
    ),
  )
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
    ${services === null ? '' : servicesText(services)}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  ${moduleText(module, settings)}
  bindings = [
    ${bindings.join(',\n    ')}
  ],
  ${services === null ? '' : objectsText(classes.map(([, className]) => className))}
);
${services === null ? '' : `\nconst cacheApi :Workerd.Worker = (\n  ${moduleText(services.cacheApi, settings)}\n);\n`}`
}

function servicesText({ objectsFolder }: Services): string {
  return `(name = "cache-api", worker = .cacheApi),
    (name = "objects", disk = (path = ${quote(objectsFolder)}, writable = true)),`
}

function objectsText(classes: string[]): string {
  const namespaces = classes.map(
    (name) =>
      `(className = ${quote(name)}, uniqueKey = ${quote(`bench-${name}`)}, enableSql = true)`,
  )
  return `cacheApiOutbound = "cache-api",
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),`
}

function moduleText(module: string, settings: Settings): string {
  return `modules = [(name = "worker", esModule = embed ${quote(module)})],
  compatibilityDate = ${quote(settings.compatibilityDate)},
  compatibilityFlags = [${settings.compatibilityFlags.map(quote).join(', ')}],`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
