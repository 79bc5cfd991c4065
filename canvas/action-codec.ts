// Buttons as a union of actions with arguments, to and from the component_id that Intercom sends back.

type Table = { readonly [name: string]: readonly string[] };

/** Of a table of actions with the names of their arguments. */
export type ActionOf<Actions extends Table> = {
  [K in keyof Actions]: { do: K } & Record<Actions[K][number], string>;
}[keyof Actions];

export function actionCodec<const Actions extends Table>(actions: Actions) {
  return {
    /** Each action with the names of its arguments. */
    table: Object.entries<readonly string[]>(actions),

    encode(action: ActionOf<Actions>): string {
      const values = action as Record<string, string> & { do: string };
      const names = actions[values.do] ?? [];
      return [values.do, ...names.map((name) => encodeURIComponent(values[name] ?? ''))].join(':');
    },

    /** Null for an id that no current screen creates: an old card, or another app's button. */
    decode(componentId: string): ActionOf<Actions> | null {
      const [kind, ...values] = componentId.split(':');
      if (kind === undefined || !Object.hasOwn(actions, kind)) return null;
      const names = actions[kind] ?? [];
      if (values.length !== names.length || values.some((value) => value === '')) return null;
      try {
        const decoded = names.map((name, at): [string, string] => [
          name,
          decodeURIComponent(values[at] ?? ''),
        ]);
        // PostgreSQL cannot store U+0000, and neither our ids nor Intercom's are that long.
        if (decoded.some(([, value]) => value.length > 255 || value.includes('\0'))) return null;
        return { do: kind, ...Object.fromEntries(decoded) } as ActionOf<Actions>;
      } catch {
        return null;
      }
    },
  };
}
