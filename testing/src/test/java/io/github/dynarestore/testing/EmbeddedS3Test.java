package io.github.dynarestore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

@Timeout(120)
class EmbeddedS3Test {

    @Test
    void put_object_isReadBackAndListed() {
        EmbeddedS3 s3 = TestServers.s3();
        String bucket = TestServers.uniqueBucketName("objects");
        s3.createBucket(bucket);
        byte[] bytes = {0, 1, 2, (byte) 0xff};

        s3.put(bucket, "a/one", bytes);
        s3.put(bucket, "a/two", new byte[0]);
        s3.put(bucket, "b/three", bytes);

        assertThat(s3.get(bucket, "a/one")).isEqualTo(bytes);
        assertThat(s3.keys(bucket, "a/")).containsExactly("a/one", "a/two");
        assertThatThrownBy(() -> s3.get(bucket, "a/none")).isInstanceOf(NoSuchKeyException.class);
    }

    @Test
    void getObject_rangeOfAnEtag_isExactAndRefusedWhenChanged() {
        EmbeddedS3 s3 = TestServers.s3();
        String bucket = TestServers.uniqueBucketName("ranges");
        s3.createBucket(bucket);
        s3.put(bucket, "key", "0123456789".getBytes(StandardCharsets.US_ASCII));
        String etag = Calls.await(
                        s3.asyncClient().headObject(head -> head.bucket(bucket).key("key")))
                .eTag();

        ResponseBytes<GetObjectResponse> range = Calls.await(s3.asyncClient()
                .getObject(
                        get -> get.bucket(bucket).key("key").range("bytes=3-5").ifMatch(etag),
                        AsyncResponseTransformer.toBytes()));
        s3.put(bucket, "key", "abcdefghij".getBytes(StandardCharsets.US_ASCII));

        assertThat(range.asUtf8String()).isEqualTo("345");
        assertThatThrownBy(() -> Calls.await(s3.asyncClient()
                        .getObject(
                                get -> get.bucket(bucket).key("key").ifMatch(etag),
                                AsyncResponseTransformer.toBytes())))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
    }

    @Test
    void close_running_stopsListening() {
        EmbeddedS3 s3 = EmbeddedS3.start();
        s3.createBucket("bucket");

        s3.close();
        s3.close();

        assertThatThrownBy(
                        () -> new Socket(s3.endpoint().getHost(), s3.endpoint().getPort()).close())
                .isInstanceOf(IOException.class);
        assertThatThrownBy(s3::asyncClient).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void start_endpointGiven_startsNothing() {
        System.setProperty(EmbeddedS3.ENDPOINT_PROPERTY, "http://127.0.0.1:1");
        try (EmbeddedS3 s3 = EmbeddedS3.start()) {
            assertThat(s3.endpoint()).hasToString("http://127.0.0.1:1");
        } finally {
            System.clearProperty(EmbeddedS3.ENDPOINT_PROPERTY);
        }
    }
}
