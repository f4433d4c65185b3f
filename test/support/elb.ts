/** A double of the API of Elastic Load Balancing, as far as its reference says: rules, listeners, health of targets. */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { isOperation, isSigned, Malformed, readInput, writeError, writeOutput } from './elb-wire.ts';
import type { Operation } from './elb-wire.ts';
import { closeServer, listen } from './listen.ts';
import { freePort } from './ports.ts';

const account = '123456789012';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** One call that arrived. */
export interface ElbCall {
  action: string;
  input: unknown;
}

export interface Elb {
  readonly url: string;
  readonly region: string;
  /** What a bot needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly rules: Map<string, Sdk.Rule>;
  readonly listeners: Map<string, Sdk.Listener>;
  readonly targets: Map<string, Sdk.TargetHealthDescription[]>;
  readonly calls: ElbCall[];
  readonly levers: {
    hang: boolean;
    hangWrites: boolean;
    /** The next so many writes are carried out, and their answers lost. */
    loseAnswers: number;
    /** The next so many calls are refused as too many. */
    throttle: number;
    /** Actions that the policy does not allow. */
    deny: Set<string>;
    /** Answers every call with this. */
    answer: { status: number; body: string | Buffer; headers?: Record<string, string> } | undefined;
    /** Somebody else's doings, immediately before and after a write is carried out. */
    before: (() => void) | undefined;
    after: (() => void) | undefined;
  };
  /** The ARN of a target group; made on first use, with one healthy target. */
  group(name: string): string;
  /** The ARNs of a new rule and its listener, whose actions are these; by default all goes to blue. */
  addRule(name: string, actions?: Sdk.Action[]): { rule: string; listener: string };
  /** Changes actions as somebody else would. */
  setActions(arn: string, actions: Sdk.Action[]): void;
  actions(arn: string): Sdk.Action[];
  /** Is told of each change of a rule or listener. */
  changed: (arn: string, actions: readonly Sdk.Action[]) => void;
  die(): Promise<void>;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/** A forward action with these weights. */
export function forward(weights: Record<string, number>): Sdk.Action {
  const TargetGroups = Object.entries(weights).map(([TargetGroupArn, Weight]) => ({
    TargetGroupArn,
    Weight,
  }));
  return {
    Type: 'forward',
    Order: 1,
    ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: { Enabled: false } },
  };
}

class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

let regions = 0;
/** A process asks one address for a region: each double is a region of its own. */
function nextRegion(): string {
  regions += 1;
  return `eu-central-${regions}`;
}

/** Starts it in this process. */
export async function startElb(region = nextRegion()): Promise<Elb> {
  const port = await freePort();
  const arn = (what: string): string => `arn:aws:elasticloadbalancing:${region}:${account}:${what}`;

  const actionsOf = (where: string): Sdk.Action[] => {
    const found = elb.rules.get(where)?.Actions ?? elb.listeners.get(where)?.DefaultActions;
    if (!found) throw new Error(`no rule or listener ${where}`);
    return found;
  };

  function put(where: string, given: readonly Sdk.Action[]): void {
    const before = (elb.rules.get(where)?.Actions ?? elb.listeners.get(where)?.DefaultActions ?? []).find(
      ({ Type }) => Type === 'authenticate-oidc',
    );
    const actions = given.map((action, i) => kept(action, i, before !== undefined));
    const rule = elb.rules.get(where);
    const listener = elb.listeners.get(where);
    if (rule) rule.Actions = actions;
    if (listener) listener.DefaultActions = actions;
    elb.changed(where, actions);
  }

  /** An action as it is kept, or a refusal. */
  function kept(action: Sdk.Action, i: number, knowsSecret: boolean): Sdk.Action {
    const Order = action.Order ?? i + 1;
    if (action.Type === 'authenticate-oidc') {
      const { ClientSecret, UseExistingClientSecret, ...config } =
        action.AuthenticateOidcConfig ?? ({} as Sdk.AuthenticateOidcActionConfig);
      if (ClientSecret === undefined && !(UseExistingClientSecret === true && knowsSecret))
        throw new Refused('InvalidLoadBalancerAction', 'A client secret must be specified');
      return { ...action, Order, AuthenticateOidcConfig: config };
    }
    if (action.Type !== 'forward') return { ...action, Order };
    const { TargetGroupArn, ForwardConfig } = action;
    const groups = ForwardConfig?.TargetGroups ?? (TargetGroupArn === undefined ? [] : [{ TargetGroupArn }]);
    if (groups.length === 0 || groups.length > 5)
      throw new Refused('ValidationError', 'A forward action needs 1 to 5 target groups');
    if (TargetGroupArn !== undefined && (groups.length > 1 || groups[0]?.TargetGroupArn !== TargetGroupArn))
      throw new Refused('ValidationError', 'TargetGroupArn must be the only target group of ForwardConfig');
    for (const group of groups) {
      if (!elb.targets.has(group.TargetGroupArn ?? ''))
        throw new Refused('TargetGroupNotFound', `Target groups '${group.TargetGroupArn}' not found`);
      if ((group.Weight ?? 1) < 0 || (group.Weight ?? 1) > 999)
        throw new Refused('ValidationError', 'Weight must be between 0 and 999');
    }
    const single = groups.length === 1 && { TargetGroupArn: groups[0]?.TargetGroupArn };
    const { TargetGroupStickinessConfig = { Enabled: false } } = ForwardConfig ?? {};
    const TargetGroups = groups.map((group) => ({ ...group, Weight: group.Weight ?? 1 }));
    return {
      Type: 'forward',
      ...single,
      Order,
      ForwardConfig: { TargetGroups, TargetGroupStickinessConfig },
    };
  }

  function some<T>(
    map: Map<string, T>,
    arns: readonly string[] | undefined,
    code: string,
    what: string,
  ): T[] {
    if (arns === undefined) throw new Refused('ValidationError', `this double wants the ARNs of ${what}`);
    return arns.map((one) => {
      const found = map.get(one);
      if (found === undefined) throw new Refused(code, `One or more ${what} not found`);
      return found;
    });
  }

  function healthOf(group: string): Sdk.TargetHealthDescription[] {
    const used = [...elb.rules.values(), ...elb.listeners.values()].some((place) =>
      ('Actions' in place ? place.Actions : 'DefaultActions' in place ? place.DefaultActions : [])?.some(
        ({ ForwardConfig }) =>
          ForwardConfig?.TargetGroups?.some(({ TargetGroupArn }) => TargetGroupArn === group),
      ),
    );
    const [targets = []] = some(elb.targets, [group], 'TargetGroupNotFound', 'target groups');
    if (used) return targets;
    const TargetHealth = {
      State: 'unused',
      Reason: 'Target.NotInUse',
      Description: 'Target group is not configured to receive traffic from the load balancer',
    } as const;
    return targets.map((target) => ({ ...target, TargetHealth }));
  }

  function carryOut(action: Operation, input: unknown): unknown {
    switch (action) {
      case 'DescribeRules':
        return {
          Rules: some(elb.rules, (input as Sdk.DescribeRulesInput).RuleArns, 'RuleNotFound', 'rules'),
        };
      case 'DescribeListeners': {
        const { ListenerArns } = input as Sdk.DescribeListenersInput;
        return { Listeners: some(elb.listeners, ListenerArns, 'ListenerNotFound', 'listeners') };
      }
      case 'DescribeTargetHealth':
        return {
          TargetHealthDescriptions: healthOf((input as Sdk.DescribeTargetHealthInput).TargetGroupArn ?? ''),
        };
      case 'ModifyRule': {
        const { RuleArn = '', Actions } = input as Sdk.ModifyRuleInput;
        const Rules = some(elb.rules, [RuleArn], 'RuleNotFound', 'rules');
        if (Rules[0]?.IsDefault === true)
          throw new Refused('OperationNotPermitted', `Default rule '${RuleArn}' cannot be modified`);
        if (Actions) put(RuleArn, Actions);
        return { Rules };
      }
      case 'ModifyListener': {
        const { ListenerArn = '', DefaultActions } = input as Sdk.ModifyListenerInput;
        const Listeners = some(elb.listeners, [ListenerArn], 'ListenerNotFound', 'listeners');
        if (DefaultActions) put(ListenerArn, DefaultActions);
        return { Listeners };
      }
      default:
        return action satisfies never;
    }
  }

  function answer(request: IncomingMessage, body: string): { status: number; body: string } | undefined {
    const { levers } = elb;
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const refuse = (status: number, code: string, message: string) => ({
      status,
      body: writeError(code, message),
    });
    if (request.method !== 'POST' || form.get('Version') !== '2015-12-01' || !isOperation(action))
      return refuse(
        400,
        'InvalidAction',
        `Could not find operation ${action} for version ${form.get('Version')}`,
      );
    const signed = { method: 'POST', path: request.url ?? '', headers: request.headers, body };
    if (!isSigned(signed, secret))
      return refuse(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match');
    try {
      const input = readInput(action, form);
      elb.calls.push({ action, input });
      const writes = action.startsWith('Modify');
      if (levers.hang || (levers.hangWrites && writes)) return undefined;
      if (levers.throttle > 0) {
        levers.throttle -= 1;
        return refuse(400, 'Throttling', 'Rate exceeded');
      }
      if (levers.deny.has(action))
        return refuse(
          403,
          'AccessDenied',
          `User: arn:aws:iam::${account}:user/switchback is not authorized to perform: elasticloadbalancing:${action} because no identity-based policy allows the elasticloadbalancing:${action} action`,
        );
      if (writes) levers.before?.();
      const output = carryOut(action, input);
      const told = writeOutput(action, output);
      if (writes) levers.after?.();
      if (writes && levers.loseAnswers > 0) {
        levers.loseAnswers -= 1;
        request.socket.destroy();
        return undefined;
      }
      return { status: 200, body: told };
    } catch (error) {
      if (error instanceof Malformed) return refuse(400, 'MalformedInput', error.message);
      if (error instanceof Refused) return refuse(400, error.code, error.message);
      throw error;
    }
  }

  const open = async () => {
    const made = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const fixed = elb.levers.answer;
        const told = fixed ?? answer(request, Buffer.concat(chunks).toString('utf8'));
        if (told === undefined) return;
        response.writeHead(told.status, { 'content-type': 'text/xml', ...fixed?.headers });
        response.end(told.body);
      });
    });
    await listen(made, port);
    return made;
  };

  const elb: Elb = {
    url: `http://127.0.0.1:${port}`,
    region,
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    rules: new Map(),
    listeners: new Map(),
    targets: new Map(),
    calls: [],
    levers: {
      hang: false,
      hangWrites: false,
      loseAnswers: 0,
      throttle: 0,
      deny: new Set(),
      answer: undefined,
      before: undefined,
      after: undefined,
    },
    changed: () => {},
    group(name) {
      const one = arn(`targetgroup/${name}/${idOf(name)}`);
      if (!elb.targets.has(one))
        elb.targets.set(one, [
          {
            Target: { Id: '10.0.0.11', Port: 8080 },
            HealthCheckPort: '8080',
            TargetHealth: { State: 'healthy' },
          },
        ]);
      return one;
    },
    addRule(name, actions) {
      const [blue, green] = [elb.group(`${name}-blue`), elb.group(`${name}-green`)];
      const place = `app/${name}/${idOf(name)}/${idOf(`${name} listener`)}`;
      const listener = arn(`listener/${place}`);
      const rule = arn(`listener-rule/${place}/${idOf(`${name} rule`)}`);
      const LoadBalancerArn = arn(`loadbalancer/app/${name}/${idOf(name)}`);
      elb.listeners.set(listener, { ListenerArn: listener, LoadBalancerArn, Port: 80, Protocol: 'HTTP' });
      elb.rules.set(rule, {
        RuleArn: rule,
        Priority: '10',
        Conditions: [{ Field: 'path-pattern', Values: ['/*'], PathPatternConfig: { Values: ['/*'] } }],
        IsDefault: false,
      });
      for (const where of [rule, listener])
        elb.setActions(where, actions ?? [forward({ [blue]: 100, [green]: 0 })]);
      return { rule, listener };
    },
    setActions: put,
    actions: actionsOf,
    async die() {
      await closeServer(server);
    },
    async revive() {
      if (!server.listening) server = await open();
    },
    async stop() {
      await closeServer(server);
    },
  };
  let server = await open();
  return elb;
}

/** Sixteen hexadecimal digits, as in an ARN; the same for the same name. */
function idOf(name: string): string {
  return Buffer.from(name.padEnd(8)).toString('hex').slice(-16);
}
