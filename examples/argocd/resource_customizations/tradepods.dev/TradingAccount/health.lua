-- How a TradingAccount stands, by its conditions. Like kstatus, but that what needs a person is Degraded at once, and
-- an account that a person or a limit of losses holds back is Suspended, while Git says that it should trade.
local status = obj.status or {}
local notes = obj.metadata.annotations or {}
local state = (obj.spec or {}).state or "Running"

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is(kind, value)
  return conditions[kind] ~= nil and conditions[kind].status == value
end

local function because(kind)
  local found = conditions[kind] or {}
  local why = found.reason or kind
  if found.message ~= nil and found.message ~= "" then
    why = why .. ": " .. found.message
  end
  return why
end

-- What no time mends. A Secret that isn't there yet is none of it: it may be on its way.
local function fault()
  if is("Stalled", "True") then
    return because("Stalled")
  end
  if is("Protected", "False") then
    return "Protected " .. because("Protected")
  end
  if is("CredentialsValid", "False") and conditions.CredentialsValid.reason ~= "SecretNotUsable" then
    return "CredentialsValid " .. because("CredentialsValid")
  end
  if is("SettingsApplied", "False") and conditions.SettingsApplied.reason == "Refused" then
    return "SettingsApplied " .. because("SettingsApplied")
  end
  return nil
end

local function holdback()
  for _, name in ipairs({"halt", "pause"}) do
    if notes["tradepods.dev/" .. name] == "true" then
      return "annotated with tradepods.dev/" .. name
    end
  end
  if is("TradingHalted", "True") and conditions.TradingHalted.reason ~= state then
    return because("TradingHalted")
  end
  return nil
end

if conditions.Ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "waits for the operator"}
end
local broken = fault()
if broken ~= nil then
  return {status = "Degraded", message = broken}
end
if is("ReconciliationPaused", "True") then
  return {status = "Suspended", message = "the operator keeps off: tradepods.dev/reconcile"}
end
if is("Reconciling", "True") then
  return {status = "Progressing", message = because("Reconciling")}
end
if not is("Ready", "True") then
  return {status = "Progressing", message = because("Ready")}
end
local held = holdback()
if held ~= nil then
  return {status = "Suspended", message = held}
end
return {status = "Healthy", message = conditions.Ready.reason}
