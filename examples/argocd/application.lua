-- An Application's own health: Argo CD asks for none, so a wave of Applications would not wait for the one before.
local health = (obj.status or {}).health
if health == nil or health.status == nil then
  return {status = "Progressing", message = "waits for its first comparison"}
end
return {status = health.status, message = health.message}
