import type { Village } from './replicas.ts';

/** Every instant of a service, in its record and next to it, this many ms earlier. */
const script = `
local P, service, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local s = P .. 's:' .. service
local function earlier(text)
  return (text:gsub('%f[%d]1[6-9]%d%d%d%d%d%d%d%d%d%d%d%f[%D]', function(at)
    return string.format('%.0f', tonumber(at) - ms)
  end))
end
for _, field in ipairs({'record', 'until', 'renewedAt', 'due', 'bakeDue', 'wish'}) do
  local value = redis.call('HGET', s, field)
  if value then redis.call('HSET', s, field, earlier(value)) end
end
for _, key in ipairs({'due', 'leases'}) do
  for _, name in ipairs({service, 'service:' .. service, 'bake:' .. service}) do
    if redis.call('ZSCORE', P .. key, name) then redis.call('ZINCRBY', P .. key, -ms, name) end
  end
end
redis.call('DEL', P .. 'held')
return 'aged'
`;

/** As if this long had passed since anything was written of the service. For a time in which no replica runs. */
export async function age(
  { redis, prefix }: Pick<Village, 'redis' | 'prefix'>,
  service: string,
  ms: number,
): Promise<void> {
  const said = await redis.cli('eval', script, '1', `${prefix}:{${prefix}}:`, service, String(ms));
  if (said !== 'aged') throw new Error(said);
}
