{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: what the service of backups and their jobs have in common.
*/ -}}

{{- /* The root context with the settings that follow from other values of this part. */ -}}
{{- define "backup.settings" -}}
MARTLET_BACKUP_STORES: {{ join "," .Values.stores | quote }}
MARTLET_BACKUP_METHOD: {{ .Values.method }}
MARTLET_BACKUP_TIME_ZONE: {{ .Values.timeZone }}
MARTLET_BACKUP_DRILL_FOLDER: /scratch
{{- with .Values.kms.keys }}
MARTLET_BACKUP_KMS_KEY: {{ join "," . | quote }}
{{- end }}
{{- with .Values.kms.region }}
MARTLET_BACKUP_KMS_REGION: {{ . }}
{{- end }}
{{- if .Values.global.heartbeats.enabled }}
MARTLET_BACKUP_HEARTBEATS: {{ include "martlet.url" (dict "scope" . "component" "health") }}/v1/heartbeats/{verb}
{{- end }}
{{- with .Values.pushgateway.url }}
MARTLET_BACKUP_PUSHGATEWAY: {{ . }}
MARTLET_BACKUP_PUSHGATEWAY_LABELS: namespace={{ $.Release.Namespace }}
{{- end }}
{{- end -}}

{{- /* A schedule as a setting: of a job it says how often it is due, of the service when it does it. */ -}}
{{- define "backup.scheduleName" -}}
MARTLET_BACKUP_SCHEDULE_{{ upper . }}
{{- end -}}

{{- /* Secrets of the service, and without the operators' keys those of runs. The token is for heartbeats, to our aggregators or others. */ -}}
{{- define "backup.secrets" -}}
{{- $hasHeartbeats := .Values.global.heartbeats.enabled -}}
{{- range .Values.extraEnv -}}
{{- $hasHeartbeats = or $hasHeartbeats (eq .name "MARTLET_BACKUP_HEARTBEATS") -}}
{{- end -}}
{{- $hasHeartbeats | ternary .Values.secrets (omit .Values.secrets "MARTLET_BACKUP_HEARTBEAT_TOKEN") | toYaml -}}
{{- end -}}

{{- /* Volumes: {scope, drills}. A scratch server of a drill needs as much room as the database; nothing else needs any. */ -}}
{{- define "backup.volumes" -}}
{{- $values := .scope.Values -}}
{{- if .drills }}
- name: scratch
  {{- if eq $values.scratch.kind "ephemeral" }}
  ephemeral:
    volumeClaimTemplate:
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $values.scratch.storageClass }}
        storageClassName: {{ . | quote }}
        {{- end }}
        resources:
          requests: {storage: {{ $values.scratch.size }}}
  {{- else }}
  emptyDir:
    sizeLimit: {{ $values.scratch.size }}
  {{- end }}
# Shared memory of that server; the runtime's own 64 MB would not do.
- name: shared-memory
  emptyDir:
    medium: Memory
    sizeLimit: 256Mi
{{- end }}
{{- if $values.folder.enabled }}
- name: store
  persistentVolumeClaim:
    claimName: {{ $values.folder.existingClaim | default (printf "%s-backup-store" (include "martlet.base" .scope)) | quote }}
{{- end }}
{{- end -}}

{{- define "backup.mounts" -}}
{{- if .drills }}
- {name: scratch, mountPath: /scratch}
- {name: shared-memory, mountPath: /dev/shm}
{{- end }}
{{- if .scope.Values.folder.enabled }}
- {name: store, mountPath: {{ .scope.Values.folder.path }}}
{{- end }}
{{- end -}}
