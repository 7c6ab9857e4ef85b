-- How a TradingStrategy stands. A wrong one is left out of every cycle until its text is changed. One that is right
-- is waited for until the signal service goes by it.
local status = obj.status or {}

local ready
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then
    ready = condition
  end
end

if ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "waits for the operator"}
end
if ready.status == "Unknown" then
  return {status = "Progressing", message = ready.reason .. ": " .. (ready.message or "")}
end
if ready.status ~= "True" then
  return {status = "Degraded", message = ready.reason .. ": " .. (ready.message or "")}
end
if (obj.spec or {}).enabled == false then
  return {status = "Healthy", message = "not enabled"}
end
return {status = "Healthy", message = "accounts that follow it: " .. (status.accountCount or 0)}
