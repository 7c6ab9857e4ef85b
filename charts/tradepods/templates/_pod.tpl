{{/* The part of every pod that makes it pass the restricted Pod Security profile. Arguments: root, component, values. */}}
{{- define "tradepods.pod" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with concat (dig "imagePullSecrets" list .root.Values.global) .root.Values.imagePullSecrets | uniq }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.topologySpreadConstraints }}
{{- $own := include "tradepods.selector" $ | fromYaml | dict "matchLabels" | dict "labelSelector" }}
topologySpreadConstraints:  # without a selector of its own a constraint would count no pod at all
{{- range . }}
  - {{ hasKey . "labelSelector" | ternary . (merge dict . $own) | toJson }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The same of every container. Arguments: root, image, resources. */}}
{{- define "tradepods.container" -}}
image: {{ include "tradepods.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources: {{- toYaml .resources | nindent 2 }}
{{- end -}}

{{/* Labels and annotations of a pod: no version among them, which would restart it. Arguments: root, component, values, hash. */}}
{{- define "tradepods.podMetadata" -}}
labels: {{- include "tradepods.selector" . | nindent 2 }}
  {{- with .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $annotations := .values.podAnnotations | default dict }}
{{- with .hash }}
{{- $annotations = merge (dict "tradepods.dev/config-hash" .) $annotations }}
{{- end }}
{{- with $annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
