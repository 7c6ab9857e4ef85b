-- A new value restarts its worker now, whatever is open; one that rests after crashes too.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["tradepods.dev/restart"] = os.date("!%Y-%m-%dT%XZ")
return obj
