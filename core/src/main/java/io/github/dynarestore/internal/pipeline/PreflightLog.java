package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.model.PreflightFinding;
import io.github.dynarestore.model.PreflightFinding.Severity;
import io.github.dynarestore.model.PreflightFinding.Subject;
import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers what is found out before the first write, so that all that a run is refused for is said at once. Used by one
 * thread, read by any.
 */
final class PreflightLog {

    private static final Logger LOG = LoggerFactory.getLogger(PreflightLog.class);

    /** May find a reason to refuse the run. */
    @FunctionalInterface
    interface Check {
        /** Throws it. */
        void run() throws InterruptedException;
    }

    private final Consumer<PreflightFinding> listener;
    private final List<PreflightFinding> findings = new CopyOnWriteArrayList<>();
    private final List<RestoreException> refusals = new ArrayList<>();

    /**
     * Creates an empty one.
     *
     * @param listener told of each finding
     */
    PreflightLog(Consumer<PreflightFinding> listener) {
        this.listener = listener;
    }

    /** Runs a check and keeps what it refuses the run for. */
    void check(Subject subject, Check check) throws InterruptedException {
        try {
            check.run();
        } catch (RestoreException refusal) {
            refuse(subject, refusal);
        }
    }

    /** Runs a check and keeps what it would refuse the run for as a warning. */
    void warn(Subject subject, Check check) throws InterruptedException {
        try {
            check.run();
        } catch (RestoreException refusal) {
            add(PreflightFinding.warning(subject, String.valueOf(refusal.getMessage()), refusal.hint()));
        }
    }

    /** Keeps a reason to refuse the run. */
    void refuse(Subject subject, RestoreException refusal) {
        refusals.add(refusal);
        add(PreflightFinding.refused(
                refusal.code() == RestoreErrorCode.ACCESS_DENIED ? Subject.PERMISSION : subject, refusal));
    }

    /** Keeps a finding. */
    void add(PreflightFinding finding) {
        findings.add(finding);
        if (finding.severity() == Severity.WARNING) {
            LOG.warn("{}", finding.message());
        }
        listener.accept(finding);
    }

    /** What was found so far. */
    List<PreflightFinding> findings() {
        return List.copyOf(findings);
    }

    /** Whether there is a reason to refuse the run. */
    boolean isRefused() {
        return !refusals.isEmpty();
    }

    /** Throws what the run is refused for, if there is anything: one reason as it is, several as one that names all. */
    void throwRefusals() {
        if (refusals.isEmpty()) {
            return;
        }
        // A service that does not answer has refused nothing, and who asks again may hear of the rest.
        RestoreException first = refusals.stream()
                .filter(refusal -> !isRefusal(refusal.code()))
                .findFirst()
                .orElse(refusals.get(0));
        if (refusals.size() == 1) {
            throw first;
        }
        throw new RestoreException(
                first.code(),
                refusals.size() + " things stand in the way: "
                        + refusals.stream().map(RestoreException::getMessage).collect(Collectors.joining("; ")),
                refusals.stream()
                        .map(RestoreException::hint)
                        .filter(hint -> !hint.isEmpty())
                        .distinct()
                        .collect(Collectors.joining("; ")),
                first,
                null);
    }

    /** Whether a run that ends with this, and has written nothing, was refused, and has not failed. */
    static boolean isRefusal(RestoreErrorCode code) {
        return switch (code) {
            case SOURCE_UNREADABLE,
                    TARGET_UNREACHABLE,
                    WRITES_STALLED,
                    SPILL_FAILED,
                    DEAD_LETTER_SINK_FAILED,
                    INTERNAL -> false;
            default -> true;
        };
    }
}
