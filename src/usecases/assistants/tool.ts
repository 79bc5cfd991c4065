// A tool of the MCP server: one description that registers it, reads its arguments and shapes its result.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { told } from '../../domain/assistants/told.ts';
import { Failure, type FailureCode } from '../../failure.ts';
import type { AssistantCaller } from './caller.ts';

export type ToolCall = { ctx: Context; caller: AssistantCaller };

type Hints = { destructive?: true; outside?: true };

export type Tool = {
  /** At most 64 characters. */
  name: string;
  title: string;
  /** What it does. Never how a model should behave, and never words of other people. */
  description: string;
  input: z.ZodObject;
  output: z.ZodObject;
  /** `preview`: reads what a `change` would do; both are there only where assistants may change something. */
  access: 'read' | 'preview' | 'change';
  /** Not for API tokens: what it does is done in a teammate's name in Intercom. */
  needsTeammate: boolean;
  hints: Hints;
  run(call: ToolCall, args: unknown): Promise<Record<string, unknown>>;
};

export function tool<I extends z.ZodRawShape, O extends z.ZodRawShape>({
  input,
  output,
  run,
  access = 'read',
  needsTeammate = false,
  hints = {},
  ...about
}: Pick<Tool, 'name' | 'title' | 'description'> &
  Partial<Pick<Tool, 'access' | 'needsTeammate' | 'hints'>> & {
    input: I;
    output: O;
    run(call: ToolCall, args: z.output<z.ZodObject<I>>): Promise<z.input<z.ZodObject<O>>>;
  }): Tool {
  const schema = z.strictObject(input);
  return {
    ...{ ...about, access, needsTeammate, hints, input: schema, output: z.strictObject(output) },
    run: async (call, args) => run(call, schema.parse(args) as z.output<z.ZodObject<I>>),
  };
}

/** What the assistant is told instead of a result: a code, and a sentence of ours with what to do next. */
export class ToolRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ToolRefusal';
    this.code = code;
  }
}

type Told = { result: Record<string, unknown> } | { refused: { code: string; message: string } };

/** Never rejects. The text of an error is ours: what other services or people wrote stays in the run log. */
export async function runTool(tool: Tool, call: ToolCall, args: unknown): Promise<Told> {
  const { ctx, caller } = call;
  try {
    return { result: told(await tool.run(call, args), ctx.config.publicUrl) };
  } catch (error) {
    if (error instanceof ToolRefusal) return { refused: { code: error.code, message: error.message } };
    const code = error instanceof Failure ? error.code : 'unexpected';
    ctx.log.warn({ err: error, workspaceId: caller.workspaceId, tool: tool.name }, 'a tool was refused');
    return { refused: { code: code.replaceAll('-', '_'), message: words[code] ?? unexpected } };
  }
}

const unexpected = 'The request failed. See the log of Referral Desk.';
const words: Partial<Record<FailureCode, string>> = {
  'not-found': 'No record with this ID. Look it up again.',
  conflict: 'Its current state does not allow this. Read it again.',
  invalid: 'Referral Desk, Intercom or the referral platform does not accept this. The run log says why.',
  forbidden: 'Intercom or the referral platform does not allow this. The run log says why.',
  unauthorized:
    'Intercom no longer accepts the access granted to Referral Desk. An administrator must install it again.',
  'bad-upstream':
    'Intercom or the referral platform sent an unexpected answer. Try again later. Try again later.',
  unavailable: 'Intercom or the referral platform cannot be reached now. Try again later.',
  'rate-limited': 'Intercom asks to retry later. Try again in a minute.',
};
