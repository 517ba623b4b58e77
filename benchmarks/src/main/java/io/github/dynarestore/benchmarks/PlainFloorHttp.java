package io.github.dynarestore.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpRequest;

/** Sends over connections of Netty's that stay open, and does nothing else: no TLS, no time limit, no second try. */
final class PlainFloorHttp implements FloorHttp {

    private static final int EVENT_LOOPS = 2;
    private static final int MAX_ANSWER_BYTES = 1 << 20;

    private final EventLoopGroup eventLoops =
            new NioEventLoopGroup(EVENT_LOOPS, new DefaultThreadFactory("floor-http", true));
    private final ConcurrentLinkedDeque<Channel> idle = new ConcurrentLinkedDeque<>();
    private final Bootstrap bootstrap;

    PlainFloorHttp(URI server) {
        bootstrap = new Bootstrap()
                .group(eventLoops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(server.getHost(), server.getPort())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(MAX_ANSWER_BYTES),
                                        new Exchange());
                    }
                });
    }

    @Override
    public CompletableFuture<Answer> post(SdkHttpRequest signed, byte[] body) {
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                "/",
                Unpooled.wrappedBuffer(body),
                new DefaultHttpHeaders(false),
                EmptyHttpHeaders.INSTANCE);
        signed.forEachHeader((name, values) -> request.headers().add(name, values));
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Channel connection = idle.pollFirst();
        if (connection != null) {
            begin(connection, request, answer);
        } else {
            bootstrap.connect().addListener((ChannelFuture connected) -> {
                if (connected.isSuccess()) {
                    begin(connected.channel(), request, answer);
                } else {
                    answer.completeExceptionally(connected.cause());
                }
            });
        }
        return answer;
    }

    private static void begin(Channel connection, FullHttpRequest request, CompletableFuture<Answer> answer) {
        connection.eventLoop().execute(() -> {
            Exchange exchange = connection.pipeline().get(Exchange.class);
            if (exchange == null) {
                answer.completeExceptionally(new IOException("the connection was closed"));
                return;
            }
            exchange.awaited = answer;
            var unused = connection.writeAndFlush(request, connection.voidPromise());
        });
    }

    @Override
    public void close() {
        var unused = eventLoops.shutdownGracefully();
    }

    /** One connection's request under way; used on its event loop only. */
    private final class Exchange extends SimpleChannelInboundHandler<FullHttpResponse> {
        private @Nullable CompletableFuture<Answer> awaited;

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            Answer answer = new Answer(response.status().code(), ByteBufUtil.getBytes(response.content()));
            CompletableFuture<Answer> waiting = end();
            idle.addFirst(context.channel());
            if (waiting != null) {
                waiting.complete(answer);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var unused = context.close();
            fail(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            idle.remove(context.channel());
            fail(new IOException("the connection was closed"));
        }

        private void fail(Throwable cause) {
            CompletableFuture<Answer> waiting = end();
            if (waiting != null) {
                waiting.completeExceptionally(cause);
            }
        }

        private @Nullable CompletableFuture<Answer> end() {
            CompletableFuture<Answer> waiting = awaited;
            awaited = null;
            return waiting;
        }
    }
}
