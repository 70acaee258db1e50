namespace DensaiAdmin.Tests.Support;

/// <summary>Waits for what runs beside the test; never without a limit, so that a wait in vain fails and hangs nobody's run.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits until something is so.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="meanwhile">
    /// Done before each look but the first, as to move a clock: who runs beside may begin to wait for it only after it was moved.
    /// </param>
    /// <param name="why">What stood in the way, for the message.</param>
    public static Task UntilAsync(Func<bool> condition, Action? meanwhile = null, Func<string>? why = null) =>
        UntilAsync(() => Task.FromResult(condition()), meanwhile, why);

    /// <inheritdoc cref="UntilAsync(Func{bool}, Action?, Func{string}?)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, Action? meanwhile = null, Func<string>? why = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            while (!await condition().WaitAsync(limit.Token))
            {
                limit.Token.ThrowIfCancellationRequested();
                meanwhile?.Invoke();
                await Task.Yield();
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail(why?.Invoke() ?? $"Waited for {Limit} in vain.");
        }
    }
}
