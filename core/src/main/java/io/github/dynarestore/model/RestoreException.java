package io.github.dynarestore.model;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A restore that as a whole cannot go on. */
public final class RestoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final RestoreErrorCode code;
    private final String hint;
    private final transient @Nullable RestoreReport report;

    /** Creates one without a cause. */
    public RestoreException(RestoreErrorCode code, String message, String hint) {
        this(code, message, hint, null, null);
    }

    /**
     * Creates one.
     *
     * @param message what happened, in one sentence, without values of items
     * @param hint what the caller can do; may be empty
     * @param report what had been done by then
     */
    public RestoreException(
            RestoreErrorCode code,
            String message,
            String hint,
            @Nullable Throwable cause,
            @Nullable RestoreReport report) {
        super(message, cause);
        this.code = Objects.requireNonNull(code);
        this.hint = hint;
        this.report = report;
    }

    /** Why; stable. */
    public RestoreErrorCode code() {
        return code;
    }

    /** What the caller can do; may be empty. */
    public String hint() {
        return hint;
    }

    /** What had been done by then. */
    public Optional<RestoreReport> report() {
        return Optional.ofNullable(report);
    }

    /** Returns the same error with a report. */
    public RestoreException with(RestoreReport done) {
        return new RestoreException(code, String.valueOf(getMessage()), hint, this, done);
    }
}
