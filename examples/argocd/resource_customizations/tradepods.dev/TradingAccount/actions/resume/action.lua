-- Takes back what the actions pause and halt have set. A pause from the chat ends by /resume there.
local notes = obj.metadata.annotations or {}
notes["tradepods.dev/pause"] = nil
notes["tradepods.dev/halt"] = nil
return obj
