-- What may be done to a TradingAccount. Each action sets annotations: Git doesn't have them, so nothing is out of sync.
local notes = obj.metadata.annotations or {}
local paused, halted = notes["tradepods.dev/pause"] == "true", notes["tradepods.dev/halt"] == "true"
local over = obj.metadata.deletionTimestamp ~= nil or (obj.spec or {}).state == "Stopped"

return {
  pause = {disabled = over or paused, iconClass = "fa fa-fw fa-pause"},
  halt = {disabled = over or halted, iconClass = "fa fa-fw fa-hand-paper"},
  resume = {disabled = not (paused or halted), iconClass = "fa fa-fw fa-play"},
  restart = {disabled = over, iconClass = "fa fa-fw fa-redo"},
}
