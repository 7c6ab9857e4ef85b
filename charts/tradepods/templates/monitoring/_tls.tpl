{{/* How a monitor asks the signal service where that serves https. */}}
{{- define "tradepods.scrapedByTls" -}}
scheme: https
tlsConfig:
  serverName: {{ include "tradepods.name" (dict "root" . "component" "signals") }}.{{ .Release.Namespace }}.svc
  {{- with include "tradepods.authority" . }}
  ca:
    configMap: {name: {{ . }}, key: ca.crt}
  {{- end }}
{{- end -}}
