import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { SettingsService, type Settings } from './settings.js';

@Controller('settings')
export class SettingsController {
  constructor(@Inject(SettingsService) private readonly settings: SettingsService) {}

  @Get()
  now(): Settings {
    return this.settings.now;
  }

  @Put()
  set(@Body() change: Partial<Settings>): Settings {
    return this.settings.set(change);
  }
}
