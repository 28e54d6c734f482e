{{/* Names. */}}
{{- define "balai.name" -}}
{{- if contains "balai" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-balai" (.Release.Name | trunc 34 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "balai.secretName" -}}
{{- .Values.secret.existingSecret | default (include "balai.name" .) -}}
{{- end -}}

{{- define "balai.claimName" -}}
{{- .Values.data.existingClaim | default (printf "%s-data" (include "balai.name" .)) -}}
{{- end -}}

{{/* The one name of all control replicas, for media nodes. */}}
{{- define "balai.nodesHost" -}}
{{- printf "%s-nodes.%s.svc" (include "balai.name" .) .Release.Namespace -}}
{{- end -}}

{{- define "balai.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* Takes (dict "root" $ "component" "control"). */}}
{{- define "balai.selector" -}}
app.kubernetes.io/name: balai
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "balai.labels" -}}
{{ include "balai.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Whether an optional key is in the Secret: (dict "root" $ "key" "turn-secret"). */}}
{{- define "balai.hasKey" -}}
{{- if .root.Values.secret.existingSecret -}}
{{- if has .key .root.Values.secret.existingKeys }}yes{{ end -}}
{{- else -}}
{{- if hasKey .root.Values.secret.values .key }}yes{{ end -}}
{{- end -}}
{{- end -}}

{{/* One variable from the Secret: (dict "root" $ "name" "REDIS_URL" "key" "redis-url"). */}}
{{- define "balai.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "balai.secretName" .root }}
      key: {{ .key }}
{{- end -}}

{{/* Variables of a map of options. */}}
{{- define "balai.env" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{- define "balai.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "balai.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
