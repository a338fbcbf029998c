// What we use of @homebridge/dbus-native; its own types cover the calling side only.
declare module '@homebridge/dbus-native' {
  export type InterfaceDescription = {
    readonly name: string
    /** Signatures of arguments and of the result. */
    readonly methods: Readonly<Record<string, readonly [string, string, readonly string[], readonly string[]]>>
    readonly properties: Readonly<Record<string, string>>
    readonly signals: Readonly<Record<string, readonly string[]>>
  }
  export type Bus = {
    readonly connection: { on(event: 'error' | 'end' | 'connect', listener: (error?: Error) => void): void }
    requestName(name: string, flags: number, done: (error: { readonly message?: string } | null | undefined, result?: number) => void): void
    exportInterface(implementation: object, path: string, description: InterfaceDescription): void
    sendSignal(path: string, interfaceName: string, name: string, signature?: string, body?: readonly unknown[]): void
    readonly exportedObjects: Record<string, unknown>
  }
  const dbus: { createClient(options: { readonly busAddress: string }): Bus }
  export default dbus
}
