{{/* The signal service's command line, as a list. */}}
{{- define "tradepods.signalsArguments" -}}
{{- $signals := .Values.signals -}}
{{- $operator := include "tradepods.name" (dict "root" . "component" "operator") -}}
{{- $admin := include "tradepods.name" (dict "root" . "component" "admin") -}}
- --host=0.0.0.0
- --port={{ $signals.service.port }}
- --strategies=/etc/tradepods/strategies
- --exchange={{ $signals.exchange }}
{{- if .Values.simulator.enabled }}
- --url={{ include "tradepods.exchangeUrl" . }}
{{- else if $signals.exchangeUrl }}
- --url={{ $signals.exchangeUrl }}
{{- end }}
- --candles={{ $signals.candles }}
{{- if not .Values.simulator.enabled }}
- --candles-dir=/var/lib/tradepods/candles
{{- end }}
{{- if $signals.databaseSecret }}
- --database=/etc/tradepods/database/url
{{- else }}
- --history=/var/lib/tradepods/history
{{- end }}
- --history-hours={{ $signals.historyHours }}
- --jwks={{ $signals.auth.jwksUrl }}
- --jwks-ca=/var/run/secrets/tradepods/cluster/ca.crt
- --jwks-token=/var/run/secrets/tradepods/cluster/token
{{- with $signals.auth.issuer }}
- --issuer={{ . }}
{{- end }}
- --worker-prefix=account-
- --reader={{ .Release.Namespace }}/{{ $operator }}
{{- range $signals.auth.readers }}
- --reader={{ . }}
{{- end }}
{{- if $signals.auth.adminServiceAccount }}
- --admin={{ .Release.Namespace }}/{{ $admin }}
{{- end }}
{{- range $signals.auth.admins }}
- --admin={{ . }}
{{- end }}
{{- if $signals.auth.keysSecret }}
- --keys=/etc/tradepods/keys
{{- end }}
{{- if $signals.tls.enabled }}
- --tls-cert=/etc/tradepods/tls/tls.crt
- --tls-key=/etc/tradepods/tls/tls.key
{{- end }}
- --log-level={{ $signals.logLevel }}
{{- range $signals.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}
