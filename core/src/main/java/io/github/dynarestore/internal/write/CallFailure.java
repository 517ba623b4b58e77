package io.github.dynarestore.internal.write;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Why a call to DynamoDB failed.
 *
 * @param cause the failure itself, without the wrapping of futures
 * @param kind what it means for the one who called
 * @param status HTTP status, 0 if there was no answer
 * @param code DynamoDB's name of the error
 */
record CallFailure(
        Throwable cause, Kind kind, int status, @Nullable String code) {

    /** What a failure means for the one who called. */
    enum Kind {
        /** Nothing was done, for there is no capacity. */
        THROTTLED,
        /** Nothing was done, and never will be with what the request holds. */
        CONTENT_REFUSED,
        /** Nothing was done, for the write's condition does not hold. */
        CONDITION_FAILED,
        /** Nothing was done, and another attempt may get past. */
        NOT_NOW,
        /** Whether anything was done is open. */
        OPEN,
        /** Nothing was done, with credentials that their provider may renew. */
        CREDENTIALS_REFUSED,
        /** Nothing was done, and no other attempt will get past. */
        HOPELESS,
        /** Nothing that a call should fail with. */
        UNKNOWN
    }

    static final String COLLECTION_TOO_BIG = "ItemCollectionSizeLimitExceededException";

    private static final String VALIDATION = "ValidationException";
    private static final String CONDITION_FAILED = "ConditionalCheckFailedException";
    private static final Set<String> THROTTLES = Set.of(
            "ProvisionedThroughputExceededException",
            "ProvisionedThroughputExceeded",
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "LimitExceededException");

    /** With a 4xx status. */
    private static final Set<String> NOT_NOW_CODES = Set.of(
            "TransactionInProgressException",
            "TransactionConflictException",
            "ReplicatedWriteConflictException",
            "RequestTimeTooSkewed");

    /** Whatever their status. */
    private static final Set<String> OPEN_CODES =
            Set.of("RequestTimeout", "RequestTimeoutException", "InternalServerError");

    private static final Set<String> RENEWABLE =
            Set.of("ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException");

    /** How the codes begin that are about the caller's credentials and rights. */
    private static final Set<String> DENIALS = Set.of(
            "AccessDenied",
            "ExpiredToken",
            "UnrecognizedClient",
            "InvalidSignature",
            "IncompleteSignature",
            "MissingAuthenticationToken",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "NotAuthorized",
            "OptInRequired",
            "KMSAccessDenied");

    static CallFailure of(Throwable failure) {
        Throwable root = failure;
        while (root instanceof CompletionException && root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof WriteConflictException) {
            return new CallFailure(root, Kind.CONDITION_FAILED, 0, null);
        }
        if (!(root instanceof AwsServiceException service)) {
            return new CallFailure(root, isOpen(root) ? Kind.OPEN : Kind.UNKNOWN, 0, null);
        }
        String code = service.awsErrorDetails() == null
                ? null
                : service.awsErrorDetails().errorCode();
        return new CallFailure(root, kind(service.statusCode(), code), service.statusCode(), code);
    }

    private static Kind kind(int status, @Nullable String code) {
        if (code != null && THROTTLES.contains(code)) {
            return Kind.THROTTLED;
        }
        if (VALIDATION.equals(code) || COLLECTION_TOO_BIG.equals(code) || status == 413) {
            return Kind.CONTENT_REFUSED;
        }
        if (CONDITION_FAILED.equals(code)) {
            return Kind.CONDITION_FAILED;
        }
        if (code != null && NOT_NOW_CODES.contains(code)) {
            return Kind.NOT_NOW;
        }
        if (status == 408 || code != null && OPEN_CODES.contains(code)) {
            return Kind.OPEN;
        }
        if (code != null && RENEWABLE.contains(code)) {
            return Kind.CREDENTIALS_REFUSED;
        }
        return status >= 400 && status < 500 ? Kind.HOPELESS : Kind.OPEN;
    }

    private static boolean isOpen(Throwable failure) {
        return failure instanceof SdkException
                || failure instanceof IOException
                || failure instanceof UncheckedIOException
                || failure instanceof TimeoutException
                || failure instanceof CancellationException;
    }

    boolean isTableMissing() {
        return "ResourceNotFoundException".equals(code);
    }

    boolean isDenial() {
        return code != null && DENIALS.stream().anyMatch(code::startsWith);
    }
}
