using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Authority;

/// <summary>What is remembered of the certificates that were shown, so that not each connection reads the inventory.</summary>
public sealed class ForgedCertificatesTests : IAsyncLifetime
{
    private IssuingBank _bank = null!;

    public async ValueTask InitializeAsync() => _bank = await IssuingBank.OpenAsync();

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Certificate_ThatTheInventoryHas_AlarmsNobody_HoweverOftenItIsShown()
    {
        var issued = await _bank.Issue();
        for (var i = 0; i < 3; i++)
        {
            await _bank.Forged.ExamineAsync(issued.Der, IssuingBank.Source);
        }

        Assert.Equal(0, Alarmed());
    }

    [Fact]
    public async Task Certificate_WhoseRowIsMadeAnotherOnes_AlarmsTheBankWithinTenMinutes()
    {
        var issued = await _bank.Issue();
        await _bank.Forged.ExamineAsync(issued.Der, IssuingBank.Source);
        _bank.Bank.Sql($"UPDATE Certificates SET Sha256Fingerprint = {new string('0', 64)}");

        _bank.Bank.Clock.Advance(TimeSpan.FromMinutes(10));
        await _bank.Forged.ExamineAsync(issued.Der, IssuingBank.Source);

        Assert.Equal(1, Alarmed());
    }

    private int Alarmed() => _bank.Bank.History().Count(record => record.Operation == HistoryOperation.Alarm);
}
