package io.github.dynarestore.internal.plan;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/** Says what a call about a table came to nothing for. */
public final class TableErrors {

    /** What IAM says that the caller may not touch; the message names the caller's own ARN, too. */
    private static final Pattern RESOURCE = Pattern.compile("on resource: (arn:[^\\s,]+)");

    private TableErrors() {}

    /**
     * Explains a failed call.
     *
     * @param action IAM's name of it
     */
    public static RestoreException explain(Throwable failure, String table, String action) {
        Throwable cause = unwrap(failure);
        if (cause instanceof ResourceNotFoundException) {
            return new RestoreException(
                    RestoreErrorCode.TARGET_MISSING,
                    "table " + table + " does not exist",
                    "create it with the key schema of the table that was backed up, or have it created with"
                            + " --create-table (createTable); check region and endpoint",
                    cause,
                    null);
        }
        String code = errorCode(cause);
        if (code != null
                && cause instanceof AwsServiceException service
                && service.statusCode() < 500
                && !service.isThrottlingException()) {
            String resource = resource(service);
            String where = resource == null ? "table " + table : resource;
            return new RestoreException(
                    RestoreErrorCode.ACCESS_DENIED,
                    "DynamoDB refused " + action + " on " + where + ": " + code,
                    "allow " + action + " on " + where + " to these credentials, and check that they are valid",
                    cause,
                    null);
        }
        return new RestoreException(
                RestoreErrorCode.TARGET_UNREACHABLE,
                "DynamoDB did not answer " + action + " on table " + table + ": "
                        + cause.getClass().getSimpleName(),
                "check region, endpoint and network",
                cause,
                null);
    }

    /** What is wrapped in the exceptions of futures. */
    public static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** DynamoDB's code of an error; null if it is none of DynamoDB's. */
    public static @Nullable String errorCode(Throwable cause) {
        return cause instanceof AwsServiceException service && service.awsErrorDetails() != null
                ? service.awsErrorDetails().errorCode()
                : null;
    }

    private static @Nullable String resource(AwsServiceException refusal) {
        Matcher resource =
                RESOURCE.matcher(String.valueOf(refusal.awsErrorDetails().errorMessage()));
        return resource.find() ? resource.group(1) : null;
    }
}
