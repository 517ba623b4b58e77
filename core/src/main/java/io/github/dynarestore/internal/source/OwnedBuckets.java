package io.github.dynarestore.internal.source;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * Reads buckets of one account only: S3 refuses before it sends a byte where another account owns the bucket, whoever may
 * have taken its name since (user guide, "Verifying bucket ownership with bucket owner condition").
 */
public final class OwnedBuckets extends DelegatingS3AsyncClient {

    private final String accountId;

    /**
     * Uses a client that stays the caller's.
     *
     * @param accountId twelve digits
     */
    public OwnedBuckets(S3AsyncClient s3, String accountId) {
        super(s3);
        this.accountId = accountId;
    }

    @Override
    public <ReturnT> CompletableFuture<ReturnT> getObject(
            GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, ReturnT> transformer) {
        return super.getObject(
                request.toBuilder().expectedBucketOwner(accountId).build(), transformer);
    }

    @Override
    public CompletableFuture<ListObjectsV2Response> listObjectsV2(ListObjectsV2Request request) {
        return super.listObjectsV2(
                request.toBuilder().expectedBucketOwner(accountId).build());
    }

    /** Any other request would not say whose the bucket must be. */
    @Override
    protected <T extends S3Request, ReturnT> CompletableFuture<ReturnT> invokeOperation(
            T request, Function<T, CompletableFuture<ReturnT>> operation) {
        if (request instanceof GetObjectRequest || request instanceof ListObjectsV2Request) {
            return super.invokeOperation(request, operation);
        }
        throw new UnsupportedOperationException(request.getClass().getSimpleName());
    }
}
