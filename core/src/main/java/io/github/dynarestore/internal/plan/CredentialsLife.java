package io.github.dynarestore.internal.plan;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsServiceClientConfiguration;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;

/**
 * How long the credentials of a client live.
 *
 * @param service whose client it is
 * @param expiry when they expire
 * @param isFinal whether nothing renews them; otherwise their provider may
 */
public record CredentialsLife(String service, Instant expiry, boolean isFinal) {

    /**
     * Asks a client's provider.
     *
     * @param configuration may throw, as that of a decorated client does
     * @return a future that never fails, and is empty if that is not known or they do not expire
     */
    public static CompletableFuture<Optional<CredentialsLife>> of(
            String service, Supplier<? extends AwsServiceClientConfiguration> configuration) {
        try {
            IdentityProvider<? extends AwsCredentialsIdentity> provider =
                    configuration.get().credentialsProvider();
            return provider.resolveIdentity()
                    .thenApply(identity -> identity.expirationTime())
                    .thenApply(expiry -> expiry.map(instant ->
                            new CredentialsLife(service, instant, provider instanceof StaticCredentialsProvider)))
                    .exceptionally(unknown -> Optional.empty())
                    .toCompletableFuture();
        } catch (RuntimeException unknown) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
    }
}
