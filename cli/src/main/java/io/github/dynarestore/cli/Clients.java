package io.github.dynarestore.cli;

import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Makes the clients of one run, which closes them; each is asked for at most once. */
interface Clients {

    S3AsyncClient s3();

    DynamoDbAsyncClient dynamoDb();

    /** Clients with the SDK's default chain of region, credentials and endpoints. */
    Clients DEFAULT = new Clients() {
        @Override
        public S3AsyncClient s3() {
            // Stand-ins for S3 seldom have a DNS name for each bucket, as S3 itself has.
            boolean isStandIn =
                    System.getenv("AWS_ENDPOINT_URL") != null || System.getenv("AWS_ENDPOINT_URL_S3") != null;
            return S3AsyncClient.builder().forcePathStyle(isStandIn).build();
        }

        @Override
        public DynamoDbAsyncClient dynamoDb() {
            // A plan may have 1,000 writes under way, and other calls as well.
            return DynamoDbAsyncClient.builder()
                    .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(1_024))
                    .build();
        }
    };
}
