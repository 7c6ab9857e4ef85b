-- Its worker opens nothing more, and guards what is open.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["tradepods.dev/pause"] = "true"
return obj
