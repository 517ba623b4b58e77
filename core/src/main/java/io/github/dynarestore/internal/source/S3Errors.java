package io.github.dynarestore.internal.source;

import static io.github.dynarestore.model.RestoreErrorCode.ACCESS_DENIED;
import static io.github.dynarestore.model.RestoreErrorCode.OBJECT_ARCHIVED;
import static io.github.dynarestore.model.RestoreErrorCode.PLAN_INVALID;
import static io.github.dynarestore.model.RestoreErrorCode.SOURCE_CHANGED;
import static io.github.dynarestore.model.RestoreErrorCode.SOURCE_UNREADABLE;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Tells errors of S3 that pass from those that stay. Goes by error code and status: the exception classes differ between
 * versions of the SDK, and some answers, such as those to HEAD, have no code.
 */
final class S3Errors {

    private static final Pattern REGION = Pattern.compile("<Region>([a-z0-9-]+)</Region>");
    private static final String SOURCE_CHANGED_HINT =
            "Nothing may write to the backup while it is restored; start again to list it anew.";

    /** Causes may go round in a circle. */
    private static final int MAX_CAUSES = 10;

    private S3Errors() {}

    /**
     * Judges an error.
     *
     * @param location what was asked for, to be named
     * @param permissions what the caller must be allowed, for the hint
     * @return the exception to end with, or null if another attempt may go well
     */
    static @Nullable RestoreException fatal(Throwable error, URI location, String permissions) {
        Throwable cause = unwrap(error);
        RestoreException ours = inChain(cause, RestoreException.class);
        if (ours != null) {
            return ours;
        }
        if (cause instanceof AwsServiceException answer) {
            return fatalAnswer(answer, location, permissions);
        }
        if (isTransient(cause)) {
            return null;
        }
        return exception(
                SOURCE_UNREADABLE,
                location + " could not be read: " + cause.getClass().getName(),
                "Check the S3 client's credentials, region and endpoint.",
                cause);
    }

    /** The exception to end with when an error that might have passed did not. */
    static RestoreException spent(Throwable error, URI location, int attempts) {
        Throwable cause = unwrap(error);
        return exception(
                SOURCE_UNREADABLE,
                location + " could not be read in " + attempts + " attempts: " + describe(cause),
                "Try again when S3 and the network are well.",
                cause);
    }

    static RestoreException changed(URI location, String how, @Nullable Throwable cause) {
        return new RestoreException(
                SOURCE_CHANGED, location + " " + how + " since it was listed", SOURCE_CHANGED_HINT, cause, null);
    }

    static Throwable unwrap(Throwable error) {
        Throwable inner = error;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** Finds what one of our own classes threw: the SDK hands it back wrapped in its exceptions. */
    static <T extends Throwable> @Nullable T inChain(Throwable error, Class<T> type) {
        int depth = 0;
        for (Throwable link = error; link != null && depth < MAX_CAUSES; link = link.getCause(), depth++) {
            if (type.isInstance(link)) {
                return type.cast(link);
            }
        }
        return null;
    }

    private static @Nullable RestoreException fatalAnswer(
            AwsServiceException answer, URI location, String permissions) {
        String code = code(answer);
        return switch (code) {
            case "SlowDown",
                    "RequestTimeout",
                    "RequestTimeTooSkewed",
                    "ExpiredToken",
                    "Throttling",
                    "ThrottlingException",
                    "RequestLimitExceeded",
                    "InternalError",
                    "ServiceUnavailable" -> null;
            case "PreconditionFailed" -> changed(location, "was written anew", answer);
            case "NoSuchKey", "NoSuchVersion" -> changed(location, "was deleted", answer);
            case "NoSuchBucket" ->
                exception(PLAN_INVALID, "there is no bucket for " + location, "Check the location.", answer);
            case "InvalidObjectState" ->
                exception(
                        OBJECT_ARCHIVED,
                        location + " is archived",
                        "Restore it in S3 first (RestoreObject), then start again.",
                        answer);
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" ->
                wrongRegion(answer, location);
            default ->
                code.startsWith("KMS.")
                        ? denied(answer, location, permissions)
                        : fatalStatus(answer, location, permissions);
        };
    }

    private static @Nullable RestoreException fatalStatus(
            AwsServiceException answer, URI location, String permissions) {
        int status = answer.statusCode();
        if (status >= 500 || status == 429 || status == 408 || status == 307) {
            return null;
        }
        return switch (status) {
            case 301 -> wrongRegion(answer, location);
            case 401, 403 -> denied(answer, location, permissions);
            case 404 -> changed(location, "was deleted", answer);
            case 412, 416 -> changed(location, "was written anew", answer);
            default -> exception(SOURCE_UNREADABLE, location + " could not be read: " + describe(answer), "", answer);
        };
    }

    private static RestoreException denied(AwsServiceException answer, URI location, String permissions) {
        return exception(
                ACCESS_DENIED,
                "S3 refused access to " + location + ": " + describe(answer),
                "The caller needs " + permissions + ".",
                answer);
    }

    private static RestoreException wrongRegion(AwsServiceException answer, URI location) {
        String region = region(answer);
        return exception(
                SOURCE_UNREADABLE,
                location + " lies in another region than the S3 client's",
                region == null
                        ? "Build the S3 client for the bucket's region."
                        : "Build the S3 client for the bucket's region, " + region + ".",
                answer);
    }

    private static @Nullable String region(AwsServiceException answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        if (details == null) {
            return null;
        }
        if (details.sdkHttpResponse() != null) {
            Optional<String> header = details.sdkHttpResponse().firstMatchingHeader("x-amz-bucket-region");
            if (header.isPresent()) {
                return header.get();
            }
        }
        if (details.rawResponse() != null) {
            Matcher region = REGION.matcher(details.rawResponse().asString(StandardCharsets.UTF_8));
            if (region.find()) {
                return region.group(1);
            }
        }
        return null;
    }

    private static boolean isTransient(Throwable error) {
        int depth = 0;
        for (Throwable link = error; link != null && depth < MAX_CAUSES; link = link.getCause(), depth++) {
            if (link instanceof IOException
                    || link instanceof TimeoutException
                    || link instanceof ApiCallAttemptTimeoutException
                    || link instanceof ApiCallTimeoutException
                    || (link instanceof SdkException sdk && sdk.retryable())
                    // Netty's timeouts are no IOExceptions, and lie in several of its packages.
                    || link.getClass().getName().startsWith("io.netty.")) {
                return true;
            }
        }
        return false;
    }

    private static String code(AwsServiceException answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        return details == null || details.errorCode() == null ? "" : details.errorCode();
    }

    /** Codes and classes only: messages of others may hold anything. */
    private static String describe(Throwable error) {
        if (error instanceof AwsServiceException answer) {
            return "status " + answer.statusCode() + (code(answer).isEmpty() ? "" : " " + code(answer))
                    + (answer.requestId() == null ? "" : ", request " + answer.requestId());
        }
        return error.getClass().getName();
    }

    private static RestoreException exception(
            RestoreErrorCode code, String message, String hint, @Nullable Throwable cause) {
        return new RestoreException(code, message, hint, cause, null);
    }
}
