// SPDX-License-Identifier: Apache-2.0
// Martlet: stand-ins for kubectl, helm, minikube and docker, which record what a script asks of a cluster and answer as they are told.

import FoundationEssentials
import Glibc
import TestSupport

/// Runs the repository's scripts where calls of a cluster's programs are recorded; what they lead to is real.
final class ClusterCommands: Sendable {
    /// What Helm remembers of a revision.
    struct Revision: Sendable {
        enum Status: String { case superseded, deployed, failed }
        let status: Status
        let origin: Int?

        init(_ status: Status, backTo origin: Int? = nil) {
            self.status = status
            self.origin = origin
        }
    }

    /// What the stand-ins answer.
    struct Answers: Sendable {
        /// Ports of this machine by program, where its pods are said to be.
        var ports: [String: Int] = [:]
        /// Generation, seen generation and phase of a Rollout of Argo, one answer after the other; none where there is no Rollout.
        var argo: [String] = []
        /// Exit code of `kubectl rollout status`.
        var rollout = 0
        var helmVersion = "v4.2.4"
        /// Revisions of the release, the oldest first, and the ones that they went back to.
        var history: [Revision] = [.init(.superseded), .init(.deployed)]
        /// Exit codes of `helm upgrade` and `helm rollback`.
        var upgrade = 0
        var rollback = 0
        /// `MARTLET_API_KEYS` of the release's Secret.
        var keys = ""
        /// Whether the cluster can't be asked.
        var isAway = false
        /// Whether a drill's job completes.
        var drill = true
    }

    private let folder: RecoveryFolder
    private var record: String { "\(folder.path)/calls" }

    init() throws {
        folder = try RecoveryFolder()
        try install("kubectl", Self.kubectl)
        try install("helm", Self.helm)
        try install("minikube", Self.minikube)
        try install("docker", Self.docker)
        try Data().write(to: URL(filePath: record))
    }

    private func install(_ name: String, _ script: String) throws {
        try ScriptFile.write(script, to: "\(folder.path)/\(name)")
    }

    /// Runs a script of `scripts/`.
    func run(_ script: String, _ arguments: String..., answers: Answers = Answers()) async throws -> DeployTool.Run {
        try await run(script, arguments, answers: answers)
    }

    /// Runs a script of `scripts/`.
    func run(
        _ script: String,
        _ arguments: [String],
        answers: Answers = Answers(),
        environment: [String: String] = [:]
    ) async throws -> DeployTool.Run {
        try await DeployTool("bash").run(
            ["scripts/\(script)"] + arguments,
            environment: variables(answers).merging(environment) { $1 }
        )
    }

    /// Runs commands of a document as somebody pastes them; what they start beside them ends before.
    func paste(_ commands: String) async throws -> DeployTool.Run {
        try install("curl", "#!/bin/bash\nprintf 'curl %s\\n' \"$*\" >>\"$FAKE_CALLS\"\n")
        try install("openssl", "#!/bin/bash\necho 0123456789abcdef\n")
        return try await DeployTool("bash").run(
            ["-euo", "pipefail", "-c", "\(commands)\nwait"],
            environment: variables(Answers())
        )
    }

    /// How the stand-ins are found, and what they answer.
    private func variables(_ answers: Answers) -> [String: String] {
        let history = answers.history.enumerated().map { index, revision in
            let description = revision.origin.map { "Rollback to \($0)" } ?? "Upgrade complete"
            return #"{"revision":\#(index + 1),"status":"\#(revision.status)","description":"\#(description)"}"#
        }
        var variables = [
            "PATH": "\(folder.path):\(DeployTool.surroundings("")["PATH"] ?? "")", "FAKE_CALLS": record,
            "FAKE_ARGO": answers.argo.joined(separator: "|"), "FAKE_ROLLOUT": "\(answers.rollout)",
            "FAKE_HELM": answers.helmVersion,
            "FAKE_HISTORY": answers.history.isEmpty ? "" : "[\(history.joined(separator: ","))]",
            "FAKE_UPGRADE": "\(answers.upgrade)", "FAKE_ROLLBACK": "\(answers.rollback)",
            "FAKE_AWAY": answers.isAway ? "1" : "", "FAKE_KEYS": answers.keys,
            "FAKE_DRILL": answers.drill ? "complete" : "failed",
            "FAKE_PROGRAMS": answers.ports.keys.sorted().joined(separator: " "),
        ]
        for (program, port) in answers.ports { variables["FAKE_PORT_\(program)"] = "\(port)" }
        return variables
    }

    /// What was called, in order: `helm upgrade martlet …`.
    var calls: [String] {
        get throws {
            try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    /// The calls that begin with these words, whatever options stand before them.
    func calls(of program: String, _ verb: String) throws -> [String] {
        try calls.filter { $0.hasPrefix("\(program) ") && $0.contains(" \(verb) ") }
    }

    private static let kubectl = """
        #!/bin/bash
        printf 'kubectl %s\\n' "$*" >>"$FAKE_CALLS"
        words=$*
        case $words in
            *'get deployments,statefulsets'*)
                for program in $FAKE_PROGRAMS; do
                    [[ $words == *'app.kubernetes.io/name='* && $words != *"app.kubernetes.io/name=martlet-$program "* ]] ||
                        echo "deployment.apps/martlet-$program"
                done
                ;;
            *'get rollouts.argoproj.io'*)
                [[ -n $FAKE_ARGO ]] && echo rollout.argoproj.io/martlet-api && exit 0
                echo 'error: the server does not have a resource type "rollouts"' >&2 && exit 1
                ;;
            *'get rollout.argoproj.io/'*)
                mapfile -t -d '|' answers < <(printf %s "$FAKE_ARGO")
                asked=$(grep -c 'get rollout.argoproj.io/' "$FAKE_CALLS")
                last=$((${#answers[@]} - 1))
                echo "${answers[asked - 1 < last ? asked - 1 : last]}"
                ;;
            *'get pods'*)
                for program in $FAKE_PROGRAMS; do
                    [[ $words != *"app.kubernetes.io/name=martlet-$program,"* ]] || printf 'pod/old-%s\\npod/%s\\n' "$program" "$program"
                done
                ;;
            *'get secrets --selector app.kubernetes.io/instance=martlet,app.kubernetes.io/component=secrets '*) printf %s "$FAKE_KEYS" | base64 ;;
            *'get cronjobs'*)
                [[ -z $FAKE_AWAY ]] || { echo 'The connection to the server was refused' >&2 && exit 1; }
                [[ -z $FAKE_DRILL ]] || echo cronjob.batch/martlet-backup-drill
                ;;
            *'rollout status'*) exit "$FAKE_ROLLOUT" ;;
            *'port-forward'*)
                target=$(grep -oE '(pod|service)/[a-z]+' <<<"$words")
                port=FAKE_PORT_${target#*/}
                [[ -n ${!port} ]] || { echo "error: unable to forward port" >&2 && exit 1; }
                echo "Forwarding from 127.0.0.1:${!port} -> 8080"
                exec sleep 300
                ;;
            *"condition=$FAKE_DRILL"*) exit 0 ;;
            *condition=*) exec sleep 300 ;;
        esac
        """

    private static let helm = """
        #!/bin/bash
        printf 'helm %s\\n' "$*" >>"$FAKE_CALLS"
        case " $* " in
            *' version '*) echo "$FAKE_HELM" ;;
            *' history '*)
                [[ -z $FAKE_AWAY ]] || { echo 'Error: Kubernetes cluster unreachable' >&2 && exit 1; }
                [[ -n $FAKE_HISTORY ]] || { echo 'Error: release: not found' >&2 && exit 1; }
                echo 'WARNING: Kubernetes configuration file is group-readable' >&2
                echo "$FAKE_HISTORY"
                ;;
            *' upgrade '*) exit "$FAKE_UPGRADE" ;;
            *' rollback '*) exit "$FAKE_ROLLBACK" ;;
        esac
        """

    private static let minikube = """
        #!/bin/bash
        printf 'minikube %s\\n' "$*" >>"$FAKE_CALLS"
        """

    private static let docker = """
        #!/bin/bash
        printf 'docker %s (%s)\\n' "$*" "$MARTLET_TAG" >>"$FAKE_CALLS"
        [[ $* != 'compose config --images' ]] ||
            printf 'registry.test/martlet-%s:'"$MARTLET_TAG"'\\n' worker api api && echo docker.io/library/redis:7
        """
}
