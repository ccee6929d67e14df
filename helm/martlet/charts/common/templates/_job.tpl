{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: what jobs in the cluster have in common: migrations and runs of backups.
*/ -}}

{{- /* The specification of a Job: {scope, args, deadlineSeconds, backoffLimit, finalCodes}. */ -}}
{{- define "martlet.jobSpec" -}}
{{- $scope := .scope -}}
backoffLimit: {{ .backoffLimit }}
activeDeadlineSeconds: {{ .deadlineSeconds }}
podFailurePolicy:
  rules:
    # What a second attempt would not change.
    - action: FailJob
      onExitCodes:
        containerName: {{ include "martlet.component" $scope }}
        operator: In
        values: {{ toJson .finalCodes }}
    # A pod that had to leave its node has done nothing wrong.
    - action: Ignore
      onPodConditions:
        - {type: DisruptionTarget, status: "True"}
template:
  metadata:
    {{- include "martlet.podMetadata" $scope | nindent 4 }}
  spec:
    {{- include "martlet.podSpec" $scope | nindent 4 }}
    restartPolicy: Never
    terminationGracePeriodSeconds: {{ include "martlet.gracePeriod" $scope }}
    containers:
      - {{ include "martlet.container" $scope | nindent 8 | trim }}
        args: {{ toJson .args }}
    volumes:
      {{- include "martlet.volumes" $scope | nindent 6 }}
{{- end -}}
